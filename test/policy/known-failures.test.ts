/**
 * How other integrations lose or corrupt data, each with the test that keeps it from happening here:
 * a test that is renamed or removed has to be replaced in this list too.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpoints } from '../../shared/klaviyo/index.ts';

const knownFailures: readonly [failure: string, file: string, test: string][] = [
  [
    'a 429 is classed with the other refusals and acknowledged',
    'shared/jobs/consume-queue',
    'a 429 is never acknowledged as if the job were done',
  ],
  [
    'Retry-After is read in the wrong case and unit',
    'shared/klaviyo/client',
    '429 holds the endpoint for what Retry-After',
  ],
  [
    'ten calls with an expired token make ten refreshes',
    'shared/connections/authorise',
    'is renewed once for 200 callers over 20 instances, with rotation on',
  ],
  [
    'a few retries within seconds against a window of a minute',
    'shared/jobs/consume-queue',
    'a failure waits longer the older the job is',
  ],
  [
    'a retry gives an order’s lines new ids, and counts revenue twice',
    'functions/events/handle-jobs',
    'lines keep their ids at every attempt',
  ],
  [
    'the lines of an order in one second collapse into one',
    'functions/events/handle-jobs',
    'lines of one order in one second do not collapse into one',
  ],
  [
    'lists are looked up on their first page alone',
    'functions/lists/requests/list-names',
    'lists are looked up on every page: one beyond the first ten is found by its name',
  ],
  [
    'who unsubscribed last ends up subscribed',
    'functions/lists/unsubscribing',
    'of one batch the last statement counts: who unsubscribed last does not end up subscribed',
  ],
  [
    'a bad phone number costs the whole row',
    'functions/customers/rules/identity',
    'that Klaviyo calls malformed is withheld, and the rest is written',
  ],
  [
    'one bad row sinks a batch',
    'functions/lists/refused-rows',
    'one bad row does not sink a batch: it alone is given up',
  ],
  [
    'the poll’s cursor moves into the future, and ties are lost',
    'functions/poll/poll-model',
    'misses no change, repeats one after a crash alone, and never looks into the future',
  ],
  [
    'a retry that succeeded is reported as failed',
    'functions/events/handle-jobs',
    'a retry that succeeded is not reported as failed',
  ],
  [
    'a plus sign in a filter finds nobody',
    'shared/klaviyo/client',
    'encodes every value of path and query, a plus sign included',
  ],
  [
    'anyone can attach an account to a connection by its state',
    'functions/oauth/attacks',
    'a callback with a state that nobody issued is refused',
  ],
  [
    'unsubscribing from a list that the person is not on unsubscribes everywhere',
    'functions/lists/unsubscribing',
    'unsubscribing somebody from a list that they are not on does not unsubscribe them everywhere',
  ],
  [
    'a 409 about two profiles fails for ever',
    'functions/customers/rules/identity',
    'of several, the one by e-mail: the phone number of the other is withheld',
  ],
  [
    'a replay fires live flows',
    'functions/events/handle-jobs',
    'fires no flow again where the revision can say so',
  ],
];

test.each(knownFailures)('%s: there is a test against it', (_, file, name) => {
  const source = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8');
  expect(source).toContain(name);
});

test('no bulk import job is used, whose status and errors would have to be read page by page', () => {
  const paths = Object.values(endpoints).map(({ path }) => path);
  expect(paths.filter((path) => path.includes('bulk-import'))).toEqual([]);
});

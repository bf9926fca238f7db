/** What the pages are made of: tables, pairs of names and values, a search, steps through pages. */
import { type Html, html } from '../../../functions/oauth/pages/html.ts';
import { type Part, partOf } from '../search.ts';
import { all } from './frame.ts';

export type Cell = string | Html;

/** Its roles are said, since on a phone each row is a block: browsers then forget the table. */
export const table = (
  caption: string,
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
): Html => {
  if (rows.length === 0) return html`<p class="quiet">${caption}: none</p>`;
  const head = names.map((name) => html`<th role="columnheader" scope="col">${name}</th>`);
  const body = rows.map((row) => {
    const cells = row.map(
      (cell, index) => html`<td role="cell" data-name="${names[index] ?? ''}">${cell}</td>`,
    );
    return html`<tr role="row">${all(cells)}</tr>`;
  });
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${all(head)}</tr></thead>
<tbody role="rowgroup">${all(body)}</tbody></table>`;
};

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Names and values; what has none is left out. */
export const pairs = (values: Readonly<Record<string, unknown>>): Html => {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  if (known.length === 0) return html`<p class="quiet">none</p>`;
  return html`<dl>${all(known.map(([name, value]) => html`<dt>${name}</dt><dd>${shown(value)}</dd>`))}</dl>`;
};

export const link = (path: string, text: string): Html => html`<a href="${path}">${text}</a>`;

/** To the second; the attribute has all of it. */
export const time = (atMs: number | undefined): Cell => {
  if (atMs === undefined) return '-';
  const text = new Date(atMs).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')}</time>`;
};

const pageSize = 50;

export interface Wanted {
  /** What is looked for; empty: everything. */
  readonly words: string;
  readonly offset: number;
}

export const wantedOf = (query: URLSearchParams): Wanted => {
  const from = query.get('from') ?? '';
  return { words: query.get('q') ?? '', offset: /^\d{1,7}$/.test(from) ? Number(from) : 0 };
};

export const pagePart = <T>(items: readonly T[], { offset }: Wanted): Part<T> =>
  partOf(items, offset, pageSize);

/** The search field, how much it has found, and the links to what is not shown here. */
export const searchable = (
  path: string,
  what: string,
  { words, offset }: Wanted,
  total: number,
  content: Html,
): Html => {
  const to = (from: number, text: string) =>
    link(`${path}?${new URLSearchParams({ q: words, from: String(from) })}`, text);
  const last = Math.min(offset + pageSize, total);
  const range = total === 0 ? `No ${what}` : `${offset + 1} to ${last} of ${total} ${what}`;
  return html`<form method="get" action="${path}" role="search">
<label>Search <input type="search" name="q" value="${words}"></label><button>Search</button></form>
<p role="status">${words === '' ? range : `${range} with “${words}”`}</p>
${content}
<p>${offset > 0 ? to(Math.max(0, offset - pageSize), 'Previous') : ''} ${last < total ? to(last, 'Next') : ''}</p>`;
};

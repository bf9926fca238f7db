/** The queues of the host, by name, ARN and URL. */
import { ServiceError } from '../gateway/service-error.ts';
import { createQueue } from './create-queue.ts';
import type { Queue, QueueDependencies, QueueSettings } from './queue.ts';

export interface QueueRegistry {
  create(settings: QueueSettings): Queue;
  /** Ends its waits and forgets it. */
  remove(queue: Queue): void;
  /** @throws ServiceError QueueDoesNotExist. */
  byUrl(url: string): Queue;
  /** @throws ServiceError QueueDoesNotExist. */
  byName(name: string): Queue;
  byArn(arn: string): Queue | undefined;
  urlOf(name: string): string;
  all(): readonly Queue[];
}

export interface QueueRegistryOptions {
  /** What a queue's URL begins with: the gateway's own origin, since the SDK sends to a URL's origin. */
  readonly origin: string;
  readonly accountId: string;
  readonly faults: Pick<QueueDependencies, 'deliversTwice' | 'pick'>;
}

export const createQueueRegistry = (options: QueueRegistryOptions): QueueRegistry => {
  const queues = new Map<string, Queue>();
  const byArn = (arn: string) => queues.get(arn.split(':').at(-1) ?? '');
  const byName = (name: string) => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
  };
  return {
    byArn,
    byName,
    create(settings) {
      const deadLetters = () => byArn(settings.redrive?.deadLetterArn ?? '');
      const queue = createQueue(settings, { deadLetters, ...options.faults });
      queues.set(settings.name, queue);
      return queue;
    },
    remove(queue) {
      queue.close();
      queues.delete(queue.settings.name);
    },
    byUrl: (url) => byName(url.split('/').at(-1) ?? ''),
    urlOf: (name) => `${options.origin}/${options.accountId}/${name}`,
    all: () => [...queues.values()],
  };
};

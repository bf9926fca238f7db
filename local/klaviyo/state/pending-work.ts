/** Work that Klaviyo accepts now and does later: subscriptions, events, the index of profiles. */

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

export interface PendingWork {
  /** Runs `task` once the clock has reached `dueMs`: when the account is next looked at. */
  at(dueMs: number, task: () => void): void;
  /** Does what is due by then, in the order of the due times. */
  processUntil(untilMs: number): void;
  readonly size: number;
}

/** Keeps tasks by due time; tasks of one instant stay in the order they came. */
export const createPendingWork = (): PendingWork => {
  let tasks: Task[] = [];
  let done = 0;

  const positionFor = (dueMs: number): number => {
    let low = done;
    let high = tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((tasks[middle]?.dueMs ?? 0) <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const processUntil = (untilMs: number): void => {
    for (let task = tasks[done]; task && task.dueMs <= untilMs; task = tasks[done]) {
      done += 1;
      task.run();
    }
    if (done > 1000 || done === tasks.length) {
      tasks = tasks.slice(done);
      done = 0;
    }
  };

  return {
    at: (dueMs, run) => {
      tasks.splice(positionFor(dueMs), 0, { dueMs, run });
    },
    processUntil,
    get size() {
      return tasks.length - done;
    },
  };
};

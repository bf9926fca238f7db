import { createLogger } from '../../shared/platform/logger.ts';
import { createMetrics } from '../../shared/platform/metrics.ts';

/** A logger and metrics whose lines a test can read. */
export const createMemoryLog = () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return {
    lines,
    logger: createLogger({ service: 'test', level: 'DEBUG', write }),
    metrics: createMetrics({ service: 'test', stage: 'test', write }),
  };
};

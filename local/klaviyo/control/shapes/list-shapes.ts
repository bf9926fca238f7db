/** Lists, as they are made and as they are shown. */
import * as z from 'zod';
import type { List } from '../../state/list-store.ts';
import { count, id, instantText, toText } from './basics.ts';

const optIn = z.enum(['single_opt_in', 'double_opt_in']);

export const seedList = z.strictObject({
  name: z.string().min(1),
  id: id.exactOptional(),
  optIn: optIn.exactOptional(),
});

export const shownList = z.strictObject({
  id: z.string(),
  name: z.string(),
  optIn,
  createdAt: instantText,
  updatedAt: instantText,
  members: count,
});

export const toShownList = (list: List): z.output<typeof shownList> => ({
  id: list.id,
  name: list.name,
  optIn: list.optIn,
  createdAt: toText(list.createdMs),
  updatedAt: toText(list.updatedMs),
  members: list.members.size,
});

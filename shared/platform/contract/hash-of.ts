import { hash } from 'node:crypto';

/** SHA-256 as text that may stand in keys: nobody gets back from it to what was hashed. */
export const hashOf = (text: string): string => hash('sha256', text, 'base64url');

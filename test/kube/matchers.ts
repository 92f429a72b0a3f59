/** vitest's own are typed `any`. */
import { expect } from "vitest";

export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const holding = (text: string): unknown => expect.stringContaining(text);

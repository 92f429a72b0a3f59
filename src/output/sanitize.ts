/** Keeps what a server says from driving the terminal it is shown on. */

// In this order: operating-system commands with their text, control sequences, two-byte escapes, then lone control
// characters (all but tab and newline) and the marks that reorder text on screen (Unicode TR 36).
const escapes =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** `text` without terminal escape sequences and control characters; newlines and tabs stay. */
export function sanitize(text: string): string {
  return text.replace(escapes, "");
}

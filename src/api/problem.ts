/** One thing that is wrong with a spec. Validation collects them all before it fails. */
export interface Problem {
  /** Path of the field as users write it: `spec.config.quota-backend-bytes`. */
  readonly field: string;
  /** The offending value as given; never a secret. */
  readonly value: string;
  /** What is allowed, lower-case and without a full stop. */
  readonly message: string;
}

declare module "postject" {
  /** Adds a resource to an executable file, in place, and flips the sentinel that says so. */
  export const inject: (
    ...request: readonly [
      file: string,
      resourceName: string,
      resource: Buffer,
      options: { readonly sentinelFuse: string; readonly machoSegmentName: string },
    ]
  ) => Promise<void>;
}

declare module "postject" {
  /** Adds `resource` to the executable `file`, in place, and flips the sentinel that says so. */
  export function inject(
    file: string,
    resourceName: string,
    resource: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName: string },
  ): Promise<void>;
}

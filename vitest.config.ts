import { defineConfig } from "vitest/config";

// "unit" needs nothing but Node; "package" makes archives as a release has them, which takes a minute; "cluster" needs the cluster that `npm run cluster` starts and says so when it is absent.
export default defineConfig({
  cacheDir: "node_modules/.cache/vite",
  test: {
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/package/*.test.ts"],
          pool: "threads",
          // Halves the time. Safe, because no module holds state (style.md 12).
          isolate: false,
          // Vitest leaves a core for itself, which is one of two.
          maxWorkers: 2,
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: "package",
          include: ["test/package/*.test.ts"],
          globalSetup: ["test/support/package/build-packages.ts"],
          pool: "forks",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster-suite/**/*.cluster.ts"],
          globalSetup: ["test/support/real/build-once.ts"],
          pool: "forks",
          // Most of the time is waiting: for Leases to stand still, for pods. All databases are in namespaces of their own.
          // Two files at a time, and five databases each: more would starve what they test of the two cores this must pass on.
          maxWorkers: 2,
          maxConcurrency: 5,
          sequence: { groupOrder: 2 },
          testTimeout: 15 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
    ],
  },
});

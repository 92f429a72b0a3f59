import { identityOf } from "../facts.ts";
import { block, type Rule } from "../rule.ts";

/**
 * A formed cluster keeps the version it runs: going to another one has gates and an order of its own (engines.md §1.8) which this
 * release does not walk, so it touches nothing rather than roll members blindly.
 */
export const refuseVersionChange: Rule = ({ spec, seen }) => {
  const running = [
    ...new Set([
      ...seen.endpoints.map((endpoint) => endpoint.version),
      ...(seen.endpoints.length === 0 ? [spec.recordedVersion] : []),
    ]),
  ];
  const other = running.find((version) => version !== undefined && version !== spec.version);
  if (identityOf(spec, seen) === undefined || other === undefined) return undefined;
  return block({
    guard: "version-step-legal",
    message: `the members run ${other} and spec.version is ${spec.version}: this release does not change the version of a running cluster`,
    observed: `etcdctl endpoint status: ${other}`,
    lift: `--version ${other}, or spec.version: ${other}`,
  });
};

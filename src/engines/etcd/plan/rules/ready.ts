import { isHealthy, voters } from "../facts.ts";
import { waitFor, type Rule } from "../rule.ts";

/** Done is when every member is healthy and its pod is ready to serve: not before. */
export const waitForService: Rule = ({ seen }) => {
  const silent = voters(seen).find((member) => !isHealthy(seen, member));
  if (silent !== undefined) return waitFor(`member ${silent.id} answers`, "it is a voter and silent");
  const unready = seen.pods.find((pod) => !pod.ready);
  return unready === undefined
    ? undefined
    : waitFor(`${unready.name} is ready`, unready.waiting ?? "its readiness probe has not passed");
};

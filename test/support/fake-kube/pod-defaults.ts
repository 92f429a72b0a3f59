/** The defaults of a pod's spec. */
import { fieldsOf, fill, isFields, listOf, textOf, type Fields } from "./json.ts";
import { canonicalQuantity } from "./quantity.ts";

/** Completes a pod spec, or that of a pod template, in place. */
export function defaultPodSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  if (spec["serviceAccountName"] !== undefined) fill(spec, { serviceAccount: spec["serviceAccountName"] });
  for (const field of ["initContainers", "containers"])
    for (const container of listOf(spec[field]).filter(isFields)) defaultContainer(container);
  for (const volume of listOf(spec["volumes"]).filter(isFields))
    for (const source of ["secret", "configMap", "projected"])
      if (isFields(volume[source])) fill(volume[source], { defaultMode: 420 });
}

function defaultContainer(container: Fields): void {
  const image = textOf(container["image"]) ?? "";
  fill(container, {
    imagePullPolicy: image.includes("@") || /:(?!latest$)[^/]+$/.test(image) ? "IfNotPresent" : "Always",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  for (const port of listOf(container["ports"]).filter(isFields)) fill(port, { protocol: "TCP" });
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"])
    if (isFields(container[name])) defaultProbe(container[name]);
  for (const variable of listOf(container["env"])) defaultVariable(fieldsOf(variable));
  for (const amounts of Object.values(fieldsOf(container["resources"])).filter(isFields))
    for (const [resource, amount] of Object.entries(amounts)) amounts[resource] = canonicalQuantity(amount);
}

function defaultProbe(probe: Fields): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (isFields(probe["httpGet"])) fill(probe["httpGet"], { path: "/", scheme: "HTTP" });
}

function defaultVariable(variable: Fields): void {
  const reference = fieldsOf(variable["valueFrom"])["fieldRef"];
  if (isFields(reference)) fill(reference, { apiVersion: "v1" });
}

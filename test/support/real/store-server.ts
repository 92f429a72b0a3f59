/** What servers of stores have in common: a Service, a certificate by a CA of their own, and Secrets beside them. */
import { createAuthority, issueCertificate } from "../../../src/resources/tls/issue.ts";
import { poll } from "../../cluster/poll.ts";
import { admin } from "./cluster.ts";
import type { PodName } from "./restricted-pod.ts";

/** The name that pods of the cluster reach it by. */
export function host({ namespace, name }: PodName): string {
  return `${name}.${namespace}.svc`;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort: number;
}

/** To the pod that bears `app: NAME`. */
export function service({ namespace, name }: PodName, ports: readonly ServicePort[]): object {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { selector: { app: name }, ports } };
}

export function secret({ namespace, name }: PodName, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
}

export interface ServerCertificate {
  /** Of the CA, which is nobody else's. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export async function serverCertificate(server: PodName): Promise<ServerCertificate> {
  const now = new Date();
  const authority = await createAuthority(`dbop-test-${server.name}`, now, 30);
  const { cert, key } = await issueCertificate({
    authority,
    commonName: server.name,
    dnsNames: [host(server)],
    ipAddresses: [],
    usages: ["server"],
    now,
    days: 30,
  });
  return { ca: authority.cert, cert, key };
}

export interface Reached extends PodName {
  /** One of its pod that has `nc`. */
  readonly container: string;
  readonly port: number;
}

/** A pod is ready before every node leads its Service there: the pod asks through the Service for itself. */
export async function reachable({ namespace, name, container, port }: Reached): Promise<void> {
  const { kube } = await admin();
  const argv = ["nc", "-w", "1", host({ namespace, name }), String(port), "-e", "true"];
  await poll({ what: `the Service leads to ${name}`, timeoutMs: 120_000 }, async () => {
    const result = await kube.exec({ namespace, pod: name, container, argv, deadlineMs: 60_000 });
    return result.outcome === "exited" && result.code === 0 ? true : undefined;
  });
}

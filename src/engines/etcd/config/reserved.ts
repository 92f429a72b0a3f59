/** Flags of etcd that `spec.config` may not hold, each with the reason the user is shown. */
import type { ReservedFlags } from "./flag.ts";

/** 3.5 and 3.6 know the same thing under both names. */
const both = (name: string): readonly string[] => [name, `experimental-${name}`];

export const reserved: readonly ReservedFlags[] = [
  { names: ["unsafe-no-fsync"], reason: "it loses acknowledged writes when a machine fails" },
  { names: ["force-new-cluster"], reason: "it throws away all other members and with them acknowledged writes" },
  { names: ["config-file"], reason: "it is how dbop passes these settings" },
  { names: ["name", "data-dir", "wal-dir"], reason: "dbop knows members and their volumes by it" },
  {
    names: [
      "listen-peer-urls",
      "listen-client-urls",
      "listen-client-http-urls",
      "listen-metrics-urls",
      "advertise-client-urls",
      "initial-advertise-peer-urls",
    ],
    reason: "Services, probes and certificates depend on the addresses dbop gives",
  },
  {
    names: ["initial-cluster", "initial-cluster-state", "initial-cluster-token"],
    reason:
      "dbop decides which member starts with whom; a wrong value can start a second cluster over the data of the first",
  },
  {
    names: [
      "discovery",
      "discovery-token",
      "discovery-endpoints",
      "discovery-dial-timeout",
      "discovery-request-timeout",
      "discovery-keepalive-time",
      "discovery-keepalive-timeout",
      "discovery-insecure-transport",
      "discovery-insecure-skip-tls-verify",
      "discovery-cert",
      "discovery-key",
      "discovery-cacert",
      "discovery-user",
      "discovery-password",
      "discovery-fallback",
      "discovery-proxy",
      "discovery-srv",
      "discovery-srv-name",
    ],
    reason: "members find each other by the names dbop gives them",
  },
  {
    names: [
      "cert-file",
      "key-file",
      "client-cert-file",
      "client-key-file",
      "client-cert-auth",
      "trusted-ca-file",
      "auto-tls",
      "client-crl-file",
      "peer-cert-file",
      "peer-key-file",
      "peer-client-cert-file",
      "peer-client-key-file",
      "peer-client-cert-auth",
      "peer-trusted-ca-file",
      "peer-auto-tls",
      "peer-crl-file",
      "self-signed-cert-validity",
    ],
    reason: "certificates are set under spec.tls",
  },
  {
    names: [
      "client-cert-allowed-hostname",
      "peer-cert-allowed-cn",
      "peer-cert-allowed-hostname",
      ...both("peer-skip-client-san-verification"),
    ],
    reason: "the certificate authorities under spec.tls decide who is let in",
  },
  {
    names: ["experimental-initial-corrupt-check", "experimental-compact-hash-check-enabled"],
    reason: "dbop always has it on, so that a corrupt member is found",
  },
  {
    names: ["enable-v2", "experimental-enable-v2v3", "v2-deprecation"],
    reason: "data of the v2 API stands in the way of an upgrade to 3.6",
  },
  {
    names: [
      "proxy",
      "proxy-failure-wait",
      "proxy-refresh-interval",
      "proxy-dial-timeout",
      "proxy-write-timeout",
      "proxy-read-timeout",
    ],
    reason: "a proxy is no member",
  },
  { names: both("memory-mlock"), reason: "the pods have no capability to lock memory" },
  {
    names: ["enable-log-rotation", "log-rotation-config-json"],
    reason: "the log goes to the container's output, which the kubelet rotates",
  },
  { names: both("distributed-tracing-instance-id"), reason: "it must differ between members" },
  { names: ["raft-read-timeout", "raft-write-timeout"], reason: "etcd does not read it from a configuration file" },
];

/** Why users may not set `name`; undefined when it is not reserved. */
export function reservedReason(name: string): string | undefined {
  return reserved.find(({ names }) => names.includes(name))?.reason;
}

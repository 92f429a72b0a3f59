/** Parameters that this program sets itself, by name, with the reason. */

const cluster = "how nodes find each other is what this program looks after";
const place = "where the data lies is what this program looks after";
const access = "access is what the Secret with the password decides";
const tls = "TLS is what spec.tls decides";
const shape = "who follows whom is what this program looks after";

export const reserved: Readonly<Record<string, string>> = {
  port: cluster,
  bind: cluster,
  "cluster-enabled": cluster,
  "cluster-config-file": cluster,
  "cluster-port": cluster,
  "cluster-announce-ip": cluster,
  "cluster-announce-port": cluster,
  "cluster-announce-bus-port": cluster,
  "cluster-announce-tls-port": cluster,
  "cluster-announce-hostname": cluster,
  "cluster-allow-replica-migration": shape,
  "cluster-migration-barrier": shape,
  replicaof: shape,
  slaveof: shape,
  dir: place,
  dbfilename: place,
  appendfilename: place,
  appenddirname: place,
  appendonly: place,
  logfile: place,
  pidfile: place,
  unixsocket: place,
  daemonize: "a container runs its server in the foreground",
  supervised: "a container runs its server in the foreground",
  requirepass: access,
  masterauth: access,
  masteruser: access,
  primaryauth: access,
  primaryuser: access,
  aclfile: access,
  user: access,
  "protected-mode": access,
  "rename-command": "this program needs every command by its name",
  "tls-port": tls,
  "tls-cluster": tls,
  "tls-replication": tls,
  "tls-cert-file": tls,
  "tls-key-file": tls,
  "tls-ca-cert-file": tls,
  "tls-client-cert-file": tls,
  "tls-client-key-file": tls,
};

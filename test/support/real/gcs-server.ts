/**
 * A server of Google Cloud Storage for backups: fake-gcs-server, over TLS, with its objects in memory. It asks for no login; what a login is
 * exchanged at does, as with Google: a token server, which knows one account.
 */
import { generateKeyPairSync } from "node:crypto";
import { imageNames } from "../../cluster/versions.ts";
import { applyAll } from "./cluster.ts";
import { makeBucket, startRclone, type Rclone } from "./rclone.ts";
import { restrictedContainer, startPod, type PodName } from "./restricted-pod.ts";
import { host, secret, serverCertificate, service } from "./store-server.ts";

export interface GcsServer extends PodName {
  /** How a BackupLocation names it. */
  readonly location: GcsLocation;
  readonly rclone: Rclone;
}

export interface GcsLocation {
  readonly bucket: string;
  readonly endpoint: string;
  /** Of a Secret with `serviceAccount.json`. */
  readonly credentialsSecret: string;
  /** Of a Secret with `ca.crt`. */
  readonly caSecret: string;
}

const bucket = "backups";
const port = 4443;
const tokenPort = 8080;
const account = "keeper@dbop-test.iam.gserviceaccount.com";

/** Starts a server with an empty bucket and returns when it serves. It goes with its namespace. */
export async function startGcs(namespace: string, name = "gcs"): Promise<GcsServer> {
  const server = { namespace, name };
  const own = (ending: string): PodName => ({ namespace, name: `${name}-${ending}` });
  const location: GcsLocation = {
    bucket,
    endpoint: `https://${host(server)}`,
    credentialsSecret: own("login").name,
    caSecret: own("ca").name,
  };
  const { ca, cert, key } = await serverCertificate(server);
  await applyAll([
    service(server, [
      { name: "https", port: 443, targetPort: port },
      { name: "token", port: 80, targetPort: tokenPort },
    ]),
    secret(own("login"), { "serviceAccount.json": serviceAccount(server, account) }),
    secret(own("ca"), { "ca.crt": ca }),
    secret(own("server"), { "tls.crt": cert, "tls.key": key }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: own("token"), data: { token: tokenScript } },
  ]);
  await startPod(pod(server));
  const rclone = await startRclone(namespace, `${name}-client`, { gcs: location });
  await makeBucket(rclone, bucket);
  return { ...server, location, rclone };
}

/** The location with the key of an account that is not known. */
export async function withUnknownAccount({ namespace, name, location }: GcsServer): Promise<GcsLocation> {
  const credentialsSecret = `${name}-wrong-login`;
  const key = serviceAccount({ namespace, name }, "nobody@dbop-test.iam.gserviceaccount.com");
  await applyAll([secret({ namespace, name: credentialsSecret }, { "serviceAccount.json": key })]);
  return { ...location, credentialsSecret };
}

/** The key file of a service account, as Google's console gives it out. */
function serviceAccount(server: PodName, email: string): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return JSON.stringify({
    type: "service_account",
    project_id: "dbop-test",
    private_key_id: "1",
    private_key: privateKey,
    client_email: email,
    token_uri: `http://${host(server)}/cgi-bin/token`,
  });
}

/** Who asks is told by the claims of a JWT; whether the signature is theirs is not looked at. */
const tokenScript = `#!/bin/sh
claims=$(head -c "$CONTENT_LENGTH" | sed 's/.*assertion=//' | cut -d. -f2 | tr _- /+)
while [ $((\${#claims} % 4)) -ne 0 ]; do claims="$claims="; done
if echo "$claims" | base64 -d | grep -qF '"iss":"${account}"'; then
  printf 'Content-Type: application/json\\r\\n\\r\\n{"access_token":"a-token","token_type":"Bearer","expires_in":3600}'
else
  printf 'Status: 400 Bad Request\\r\\nContent-Type: application/json\\r\\n\\r\\n'
  printf '{"error":"invalid_grant","error_description":"Invalid grant: account not found"}'
fi
`;

function pod({ namespace, name }: PodName): Parameters<typeof startPod>[0] {
  return {
    namespace,
    name,
    labels: { app: name },
    initContainers: [
      restrictedContainer("token", imageNames.busybox, {
        restartPolicy: "Always",
        command: ["httpd", "-f", "-p", String(tokenPort), "-h", "/www"],
        startupProbe: { tcpSocket: { port: tokenPort }, periodSeconds: 1 },
        volumeMounts: [{ name: "token", mountPath: "/www/cgi-bin" }],
      }),
    ],
    container: restrictedContainer("gcs", imageNames.fakeGcsServer, {
      command: [
        "/bin/fake-gcs-server",
        "-backend=memory",
        `-port=${String(port)}`,
        // What it says where an object is to be fetched must lead here.
        `-external-url=https://${host({ namespace, name })}`,
        "-cert-location=/etc/gcs/tls.crt",
        "-private-key-location=/etc/gcs/tls.key",
      ],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      resources: { requests: { cpu: "100m", memory: "64Mi" } },
      volumeMounts: [{ name: "server", mountPath: "/etc/gcs", readOnly: true }],
    }),
    volumes: [
      { name: "server", secret: { secretName: `${name}-server` } },
      { name: "token", configMap: { name: `${name}-token`, defaultMode: 0o555 } },
    ],
  };
}

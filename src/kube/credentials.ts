/** Who we say we are: a bearer token, a token file that rotates, an exec credential plugin, or nobody but a client certificate. */
import { DbopError } from "../errors.ts";
import type { ClientCertificate } from "./access.ts";
import type { ClusterSelection } from "./cluster-selection.ts";
import { execCredentials } from "./credentials-exec.ts";
import { whyUnreadable, type HostEnvironment } from "./host.ts";
import type { KubeconfigUser } from "./kubeconfig.ts";

export interface Credentials {
  /** The value of the Authorization header; undefined for none. Throws `Unauthorized` when there should be one and is not. */
  authorization(signal?: AbortSignal): Promise<string | undefined>;
  clientCertificate(signal?: AbortSignal): Promise<ClientCertificate | undefined>;
  /** After a 401 for `refused` (the last value given, when undefined): whether another try would send something else. */
  refresh(refused?: string): boolean;
  close(): void;
}

/**
 * The means of authentication of the selected user, in client-go's order: token and token file, static certificate, exec plugin.
 * Throws `Usage` for what kubectl no longer has (auth-provider) or API servers no longer accept (basic authentication).
 */
export function credentialsOf(selection: ClusterSelection, host: HostEnvironment): Credentials {
  const { user, userName } = selection;
  if (user.basicAuth) {
    throw new DbopError(
      "Usage",
      `user "${userName}" has a username and password: API servers no longer accept basic authentication`,
      {
        hint: "give the user a token, a client certificate or an exec credential plugin",
      },
    );
  }
  if (user.tokenFile !== "") return fileToken(user.tokenFile, user.token, host);
  if (user.token !== "") return staticToken(user.token);
  if (user.clientCertificate !== "" || user.clientCertificateData !== "") return noToken;
  if (user.authProvider !== undefined) {
    throw new DbopError("Usage", `no Auth Provider found for name "${user.authProvider}" of user "${userName}"`, {
      hint: "auth-provider was removed in Kubernetes 1.26: use an exec credential plugin such as gke-gcloud-auth-plugin or kubelogin",
    });
  }
  return user.exec === undefined ? noToken : execCredentials({ ...selection, exec: user.exec }, host);
}

/**
 * Flat raw pairs: Impersonate-Group and the extras repeat, which a map of headers could not say. Names of extras are escaped as
 * client-go's `headerKeyEscape` does.
 */
export function impersonationHeaders(user: KubeconfigUser): readonly string[] {
  if (user.as === "") return [];
  const extras = Object.entries(user.asUserExtra).flatMap(([key, values]) =>
    values.flatMap((value) => [`Impersonate-Extra-${escapeHeaderKey(key)}`, value]),
  );
  return [
    ...["Impersonate-User", user.as],
    ...(user.asUid === "" ? [] : ["Impersonate-Uid", user.asUid]),
    ...user.asGroups.flatMap((group) => ["Impersonate-Group", group]),
    ...extras,
  ];
}

/** Keeps RFC 7230 token characters, except `%` itself, and percent-encodes the other bytes. */
function escapeHeaderKey(key: string): string {
  const escape = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return [...Buffer.from(key, "utf8")]
    .map((byte) =>
      /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escape(byte),
    )
    .join("");
}

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

/** For users known by a static client certificate, or by nothing. */
export const noToken: Credentials = {
  authorization: nothing,
  clientCertificate: nothing,
  refresh: () => false,
  close: () => undefined,
};

function staticToken(token: string): Credentials {
  return { ...noToken, authorization: () => Promise.resolve(`Bearer ${token}`) };
}

/**
 * Reads `path` for every request: service account tokens rotate under us, and the read costs microseconds. A file that cannot be read
 * leaves the last token in use; `fallback` is the one before the first, as client-go has it for a user with both.
 */
function fileToken(path: string, fallback: string, host: HostEnvironment): Credentials {
  let token = fallback;
  const read = (): string => {
    try {
      const text = host.readFile(path).trim();
      if (text !== "") token = text;
      if (token === "") throw new DbopError("Unauthorized", `read empty token from file "${path}"`);
    } catch (error) {
      if (error instanceof DbopError) throw error;
      if (token === "") throw new DbopError("Unauthorized", `open ${path}: ${whyUnreadable(error)}`, { cause: error });
    }
    return token;
  };
  return {
    ...noToken,
    authorization: async () => Promise.resolve(`Bearer ${read()}`),
    refresh: (refused = `Bearer ${token}`) => `Bearer ${read()}` !== refused,
  };
}

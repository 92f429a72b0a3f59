/** A model of busybox pods: just the commands the contract runs. */
import { DbopError } from "../../../src/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { FakeKube } from "./fake-kube.ts";
import { at, listOf } from "./json.ts";

/** Gives `fake` containers that sleep, exit and answer as busybox does. */
export function busybox(fake: FakeKube): void {
  fake.kubelet({
    start: (pod, _claims, container) => {
      const [program, , script = ""] = listOf(at(listOf(at(pod["spec"], "containers"))[0], "command")).map(String);
      const code = /exit (\d+)/.exec(script)?.[1];
      const words = /echo (.*) > \/dev\/termination-log/.exec(script)?.[1];
      if (program === "sleep") container.ready();
      else container.exit(Number(code ?? 0), words === undefined ? undefined : `${words}\n`);
    },
  });
  fake.onExec((_pod, request) => run(request));
}

const exited = (code: number, stdout: string, stderr = ""): ExecResult => ({ outcome: "exited", code, stdout, stderr });

function run({ argv, stdin = "" }: ExecRequest): Promise<ExecResult> | ExecResult {
  const [program, ...words] = argv;
  switch (program) {
    case "echo":
      return exited(0, `${words.join(" ")}\n`);
    case "cat":
      return exited(0, stdin);
    case "sleep":
      return new Promise(() => undefined);
    case "sh":
      return exited(3, "out\n", "err\n");
    default:
      throw new DbopError("ServerError", `failed to exec in container: executable file not found: ${String(program)}`);
  }
}

/** L4.5 and L4.6: what whoever manages it tells through Events. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { fail, given, pass, read, unknown } from "../verdicts.ts";

/** API servers forget Events after an hour unless they are told otherwise (`--event-ttl`). */
const keptMs = 3_600_000;

/** Reasons that Kubernetes' own controllers give for pods and StatefulSets. */
const builtIn =
  /^(?:SuccessfulCreate|SuccessfulDelete|FailedCreate|FailedDelete|RecreatingFailedPod|RecreatingTerminatedPod|Scheduled|Pulled|Created|Started|Killing)$/u;

function overEvents(observation: Observation, judge: (about: readonly KubeObject[]) => Finding): Finding {
  return given(observation.events, (events) => judge(events.filter((event) => isAboutIt(event, observation))));
}

function isAboutIt(event: KubeObject, { subject, sets }: Observation): boolean {
  const uid = textField(field(event, "regarding") ?? field(event, "involvedObject"), "uid");
  const own = sets.state === "read" ? sets.value.map(({ metadata }) => metadata.uid) : [];
  return uid !== "" && [subject.metadata.uid, ...own].includes(uid);
}

/** None: whether one should be there depends on whether anything was done while they are kept. */
function none(observation: Observation): Finding {
  const { subject, now, manager } = observation;
  const last = textField(listField(subject["status"], "history")[0], "finishedAt");
  const evidence = [read(subject, "status.history[0].finishedAt", last || undefined)];
  const lately = last !== "" && now.getTime() - Date.parse(last) < keptMs;
  if (lately)
    return fail(
      "something was done lately, and no Event tells of it",
      evidence,
      manager.kind === "kubectl-dbop"
        ? "the right to create events.events.k8s.io for who runs kubectl dbop"
        : "an operator that writes Events",
    );
  return unknown(
    "Events that are kept longer than an hour",
    "none are there now: an API server forgets them after an hour",
    evidence,
  );
}

function evidenceOf(event: KubeObject): Evidence {
  const who = textField(event, "reportingController") || textField(field(event, "source"), "component");
  return read(event, "reason, reportingController", `${textField(event, "reason")}, ${who}`);
}

export const events: Check<Observation> = {
  id: "L4.5",
  title: "Events are written",
  question: "Do Events tell what is done to it?",
  why: "kubectl describe is where people look first",
  judge: (observation) =>
    overEvents(observation, (about) =>
      about.length === 0
        ? none(observation)
        : pass(`${String(about.length)} Events are about it`, about.slice(-3).map(evidenceOf)),
    ),
};

export const ownEvents: Check<Observation> = {
  id: "L4.6",
  title: "Events in the manager's words",
  question: "Do Events say what its manager did, and not only what pods were made?",
  why: "'scaled to five' explains what two hundred lines about pods do not",
  judge: (observation) =>
    overEvents(observation, (about) => {
      const own = about.filter((event) => !builtIn.test(textField(event, "reason")));
      return own.length === 0
        ? none(observation)
        : pass(`${String(own.length)} Events are its manager's own`, own.slice(-3).map(evidenceOf));
    }),
};

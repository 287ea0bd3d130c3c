/**
 * The command `extend`: a new product joins a trained model.
 *
 * @module
 */
import { extendModel, type Extension } from "@/deploy/extend_model.ts";
import { routingRecord } from "@/deploy/extension_folder.ts";
import type { OldRouting } from "@/deploy/routing_change.ts";
import { faultLine } from "@/deploy/tally.ts";
import type { Output } from "@/lab/commands/output.ts";
import { plural } from "@/messages.ts";
import { formatPercent, recordTable, recordTableText, type TableRecord } from "@/tables.ts";

/** What `extend` is told. */
export interface ExtendCommand {
  /** Folder of a finished run, or the model in it. */
  readonly run: string;
  /** Folder of photographs. */
  readonly photographs: string;
  /** Folder of the result; default: beside the run. */
  readonly out?: string;
  /** Name of the new groups; default: as the run names groups. */
  readonly name?: string;
  /** Whether a folder that is there is replaced. */
  readonly overwrite?: boolean;
  /** Threads; default: as the run. */
  readonly threads?: number;
  /** Where the network runs; default: as the run. */
  readonly provider?: string;
  /** Takes results. */
  readonly output: Output;
  /** Takes a line for standard error. */
  readonly complain: (line: string) => void;
}

/** Extends a model; gives the exit code. */
export async function extendCommand(command: ExtendCommand): Promise<number> {
  const { run, photographs, output, complain } = command;
  const begin = performance.now();
  const { out, name, overwrite, threads, provider } = command;
  const { startProgress } = output;
  const extension = await extendModel(run, {
    ...{ photographs, out, name, overwrite, threads, provider, startProgress },
  });
  const { images, origin, groups, thresholds, routing, notices, faults, folder } = extension;
  for (const fault of faults) complain(faultLine(fault));
  const seconds = (performance.now() - begin) / 1000;
  output.text(`${plural(images, "photograph")} of "${photographs}" joined: ${origin}.\n`);
  output.text(recordTableText(recordTable(groupRecords(extension))));
  output.text("");
  for (const line of routingLines(routing)) output.text(line);
  for (const notice of notices) output.notice(`note: ${notice}`);
  output.text(
    `\n${seconds.toFixed(0)} s; model with ${
      plural(extension.before.length + groups.length, "group")
    } in ${folder}`,
  );
  output.document({
    ...{ folder, images, seconds },
    unreadable: faults,
    groups: groups.map(({ cosine, nearest, home, ...group }) => ({
      ...group,
      nearest_key: nearest,
      cosine: Number.isFinite(cosine) ? cosine : null,
      routed_home: home,
      threshold: thresholds.thresholds[group.name] ?? null,
    })),
    old_routing: routingRecord(routing),
    notices,
  });
  return faults.length > 0 ? 1 : 0;
}

function groupRecords({ groups, thresholds }: Extension): TableRecord[] {
  return groups.map(({ name, images, rows, nearest, cosine, home }) => {
    const line = thresholds.thresholds[name] ?? thresholds.thresholds.global;
    const value = line?.value ?? null;
    return {
      group: name,
      images,
      embeddings: rows,
      threshold: value === null ? "none" : Number(value.toPrecision(6)),
      promise: line?.reason ?? line?.promise ?? null,
      "nearest key": `${nearest} (${cosine.toFixed(3)})`,
      "routed home": formatPercent(home / images),
    };
  });
}

/** Says what became of old images, and how that is known. */
export function routingLines({ proven, seen, unknown, hasTest, moved }: OldRouting): string[] {
  const all = proven + seen + unknown;
  const kinds = hasTest ? "old training and test images" : "old training images";
  const known = `Of ${all} ${kinds}, ${proven} stay by their stored distances to the keys, ` +
    `${seen} were looked at again` +
    (unknown > 0 ? `, of ${unknown} nothing is known, since they are not there` : "");
  if (moved.length === 0) return [`${known}: none goes to a new group.`];
  const counts = Map.groupBy(
    moved,
    ({ image: { label, split }, to }) => `${label} (${split}) to ${to}`,
  );
  const parts = [...counts].map(([what, { length }]) => `${length} of ${what}`);
  return [
    `${known}: ${moved.length} ${moved.length === 1 ? "goes" : "go"} to a new group, ${
      parts.join(", ")
    }.`,
  ];
}

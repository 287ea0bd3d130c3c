/**
 * What new groups change in where images go: whether the new ones find their own group, and which
 * of the old ones go to a new group.
 *
 * An old image whose angle to its group's key is less than half of the angle between that key and
 * every new one cannot be nearer to a new key: of most images this is known from the numbers that
 * the run stored. The others must be seen again.
 *
 * @module
 */
import { parse } from "csv-parse/sync";
import { join } from "node:path";
import { membersOf, type Partition } from "@/clustering/partition.ts";
import { statIfExists } from "@/files/read.ts";
import type { WholeModel } from "@/lab/model_store.ts";
import {
  type Matrix,
  normalizeRows,
  rowOf,
  selectRows,
  stackRows,
  toMatrix,
} from "@/math/matrix.ts";
import { dotProduct } from "@/math/vectors.ts";
import { routeImages } from "@/memory/memory_bank.ts";
import { leaveOneOutKeyDistances } from "@/thresholds/refusal.ts";

/** How well a new group is told apart from all others. */
export interface Separation {
  /** Group whose key is most alike; `null` if there is no other. */
  readonly nearest: string | null;
  /** Cosine between the two keys. */
  readonly cosine: number;
  /** Images nearer to the key of the group's other images than to any other group's key. */
  readonly home: number;
}

/** A group by its key. */
export interface KeyedGroup {
  /** Its name. */
  readonly name: string;
  /** Its key. */
  readonly key: Float32Array;
}

/** Tells how well each new group, which come last among all, is told apart. */
export function separationOf(
  semantics: Matrix,
  { partition, groups }: { partition: Partition; groups: readonly KeyedGroup[] },
): Separation[] {
  const first = groups.length - partition.clusters;
  return membersOf(partition).map((members, i) => {
    const own = groups[first + i]!, others = groups.filter((group) => group !== own);
    const vectors = selectRows(semantics, members), unit = normalizeRows(vectors);
    const distances = leaveOneOutKeyDistances(vectors);
    const home = distances.filter((distance, row) => {
      const vector = rowOf(unit, row);
      return others.every(({ key }) => 1 - distance > dotProduct(vector, key));
    }).length;
    const cosines = others.map(({ key }) => dotProduct(own.key, key));
    const cosine = Math.max(...cosines);
    return { nearest: others[cosines.indexOf(cosine)]?.name ?? null, cosine, home };
  });
}

/** An image that the model knew before. */
export interface OldImage {
  /** What it is called. */
  readonly image: string;
  /** Whether it trained. */
  readonly split: "train" | "test";
  /** Group that it belongs to, or was scored by. */
  readonly group: string;
  /** Its class, where that is known, or its group. */
  readonly label: string;
  /** At most the angle between its semantic vector and its group's key. */
  readonly angle: number;
}

/**
 * Lists what is known of old images: training images with calibration scores, and the run's test
 * images, if its `scores.csv` is there.
 */
export async function listOldImages(model: WholeModel, run: string): Promise<OldImage[]> {
  const path = join(run, "scores.csv");
  const rows: Readonly<Record<string, string>>[] = await statIfExists(path) === null
    ? []
    : parse(await Deno.readTextFile(path), { columns: true });
  const classes = new Map(rows.map((row) => [row.image, row.class ?? ""]));
  const train = model.groups.flatMap(({ name, calibration }) =>
    // The key of the others is farther from an image than the key of all.
    calibration.map(({ image, keyDistance }): OldImage => ({
      image,
      split: "train",
      group: name,
      label: classes.get(image) ?? name,
      angle: angleOf(1 - keyDistance),
    }))
  );
  const test = rows.filter(({ split }) => split === "test").map((row): OldImage => ({
    image: row.image!,
    split: "test",
    group: row.group!,
    label: row.class!,
    angle: angleOf(Number(row.similarity)),
  }));
  return [...train, ...test];
}

function angleOf(cosine: number): number {
  return Math.acos(Math.min(1, Math.max(-1, cosine)));
}

/** What is known of where old images go. */
export interface OldRouting {
  /** Images of which stored numbers prove that they do not go to a new group. */
  readonly proven: number;
  /** Images that were embedded again. */
  readonly seen: number;
  /** Images that could not be found or read, of which nothing is known. */
  readonly unknown: number;
  /** Whether the run's test images are among them. */
  readonly hasTest: boolean;
  /** Images that go to a new group. */
  readonly moved: readonly { readonly image: OldImage; readonly to: string }[];
}

/** Radians by which rounding may make an angle too small: stored cosines are of 32 bits. */
const rounding = 2e-3;

/** Old images that stored numbers do not prove to stay away from new groups. */
export function doubtfulImages(
  images: readonly OldImage[],
  { before, added }: { before: readonly KeyedGroup[]; added: readonly KeyedGroup[] },
): OldImage[] {
  const nearest = new Map(before.map(({ name, key }) => [
    name,
    Math.min(...added.map((each) => angleOf(dotProduct(key, each.key)))),
  ]));
  return images.filter(({ group, angle }) => !(2 * (angle + rounding) < (nearest.get(group) ?? 0)));
}

/** Which of the images go to a new group, of which they are named. */
export function movedImages(
  images: readonly OldImage[],
  { semantics, before, added }: {
    semantics: Matrix;
    before: readonly KeyedGroup[];
    added: readonly KeyedGroup[];
  },
): { image: OldImage; to: string }[] {
  const groups = [...before, ...added];
  const keys = stackRows(
    groups.map(({ key }) => toMatrix(key, { rows: 1, columns: key.length })),
  );
  return [...routeImages(semantics, keys)].flatMap((group, i) =>
    group < before.length ? [] : [{ image: images[i]!, to: groups[group]!.name }]
  );
}

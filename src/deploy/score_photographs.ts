/**
 * Scores photographs one after the other: a few are read ahead while the network computes, and what
 * cannot be read does not stop the rest.
 *
 * @module
 */
import type { Prediction, Predictor } from "@/deploy/predictor.ts";
import type { NamedPhotograph } from "@/deploy/photographs.ts";
import { UnreadableImage } from "@/images/decode.ts";

/** A photograph with what became of it. */
export interface ScoredPhotograph {
  /** Its path. */
  readonly path: string;
  /** What became of it; `null` if it could not be read. */
  readonly prediction: Prediction | null;
  /** Why it could not be read; `null` if it could. */
  readonly fault: string | null;
  /** RGB values as the network saw them; `null` if it could not be read. */
  readonly pixels: Uint8Array | null;
}

/** A photograph under way. */
interface Reading {
  readonly path: string;
  readonly content: Promise<Uint8Array | string>;
}

/** Photographs that are read ahead of those under way. */
const ahead = 8;

/**
 * Scores photographs in their order. The first is scored by itself, so that its verdict is there
 * soon; no number depends on which others a photograph goes through the network with.
 */
export async function* scorePhotographs(
  photographs: AsyncIterable<NamedPhotograph>,
  predictor: Predictor,
): AsyncGenerator<ScoredPhotograph> {
  const source = photographs[Symbol.asyncIterator]();
  const underWay: Reading[] = [];
  let isOver = false, isFirst = true;
  const readUpTo = async (count: number): Promise<void> => {
    while (!isOver && underWay.length < count) {
      const { done, value } = await source.next();
      if (done) isOver = true;
      else underWay.push({ path: value.path, content: readOne(value, predictor) });
    }
  };
  try {
    for (;;) {
      const size = isFirst ? 1 : predictor.batchSize;
      isFirst = false;
      await readUpTo(size);
      const batch = underWay.splice(0, size);
      if (batch.length === 0) return;
      const contents = await Promise.all(batch.map(({ content }) => content));
      const readingAhead = readUpTo(size + ahead);
      readingAhead.catch(() => undefined); // met again, and thrown, below
      const read = contents.filter((content) => typeof content !== "string");
      const predictions = read.length === 0 ? [] : await predictor.predict(read);
      let next = 0;
      for (const [i, { path }] of batch.entries()) {
        const content = contents[i]!;
        yield typeof content === "string"
          ? { path, prediction: null, fault: content, pixels: null }
          : { path, prediction: predictions[next++]!, fault: null, pixels: content };
      }
      await readingAhead;
    }
  } finally {
    await Promise.allSettled(underWay.map(({ content }) => content));
    await source.return?.();
  }
}

/** Its pixels, or why it cannot be read. */
async function readOne(
  { path, fault }: NamedPhotograph,
  predictor: Predictor,
): Promise<Uint8Array | string> {
  if (fault !== undefined) return fault;
  try {
    return await predictor.read(path);
  } catch (error) {
    if (error instanceof UnreadableImage) return error.reason;
    throw error;
  }
}

/*
 * Scores slides over HTTP with a trained model:
 *
 *   npx tsx examples/score-server.ts model.safetensors FEATS 8080
 *   curl localhost:8080/slides/s001
 *
 * answers {"slide": "s001", "predicted": "tumour", "probabilities": {…}}. The model is loaded once, slides are read when they
 * are asked for, one at a time; a slide that cannot be used is answered with the line that says why.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Predictor } from '@asmil/baselines';
import { UserError, useEngine } from '@asmil/core';
import { openSlides } from '@asmil/data';

const [checkpoint, folder, port = '8080'] = process.argv.slice(2);
if (checkpoint === undefined || folder === undefined) throw new Error('usage: score-server.ts CHECKPOINT FEATS [PORT]');

await useEngine('auto');
const predictor = await Predictor.load(checkpoint);
const slides = await openSlides(folder);

async function score(id: string): Promise<object> {
  const { label, probabilities } = predictor.predict(await slides.load(id));
  const { classes } = predictor;
  return {
    slide: id,
    predicted: classes[label],
    probabilities: Object.fromEntries(classes.map((c, i) => [c, probabilities[i]])),
  };
}

/** One slide in memory at a time, whoever asks. */
let last: Promise<unknown> = Promise.resolve();

const server = createServer((request, response) => {
  const answer = (status: number, value: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
  };
  const [, name] = /^\/slides\/([^/?]+)$/.exec(request.url ?? '') ?? [];
  if (request.method !== 'GET' || name === undefined) return answer(404, { error: 'GET /slides/NAME' });
  let id: string;
  try {
    id = decodeURIComponent(name);
  } catch {
    return answer(400, { error: 'the name cannot be decoded' });
  }
  if (!slides.ids.includes(id)) return answer(404, { error: `no slide ${id}` });
  last = last
    .then(() => score(id))
    .then((value) => answer(200, value))
    .catch((error: Error) => answer(error instanceof UserError ? 422 : 500, { error: error.message }));
});

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slides/NAME for ${slides.ids.length} slides`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    server.close();
    predictor.dispose();
  });

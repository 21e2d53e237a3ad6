// Paths written turn by turn into an open studio's project, drawn and ended by the rules of a rollout: on real views and frames, with
// sampled tokens where the embedded model is to have written them.
import { join } from 'node:path'
import { baseCheckpoint } from '#main/api/baseModel.ts'
import { importFile } from '#main/curate/importers/vilasr.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import { decodeImage, encodePng } from '#main/image/codec.ts'
import { openTokenizer } from '#main/model/checkpointFolder.ts'
import type { Tokenizer } from '#main/model/tokenizer.ts'
import { scorePath } from '#main/reward/compose.ts'
import { advance, type EpisodeOptions, finishedPath, startEpisode } from '#main/rollout/episode.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { getItem, listItemIds } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import type { TrajectoryOrigin } from '#shared/domain/trajectory.ts'

const RECORDS = join(import.meta.dirname, '..', 'fixtures', 'real', 'qa.jsonl')

const options: EpisodeOptions = {
  preset: loadPromptPreset('vilasr'), style: loadDrawStyle('vilasr'),
  sampling: { temperature: 1, topP: 1, topK: 0, seed: 1, maxTurnTokens: 2000, maxTotalTokens: 20_000, maxTurns: 20, maxImages: 45, repeatTolerance: null },
  smartResize: { minPixels: 784, maxPixels: 256 * 784, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 / 255 }
}

/** The first imported real question of a kind. */
export async function importReal(project: ProjectWriter): Promise<(dataType: DatasetItem['dataType']) => DatasetItem> {
  await importFile(project, RECORDS)
  const items = listItemIds(project).map((id) => getItem(project, id))
  return (dataType) => {
    const found = items.find((item) => item.dataType === dataType && (dataType === 'image' || item.images.length > 1))
    if (found === undefined) throw new Error(`no imported item of ${dataType}`)
    return found
  }
}

/** A path of these turns; sampled by the embedded model if so wanted, with made-up probabilities. */
export async function writePath(project: ProjectWriter, item: DatasetItem, turns: readonly string[], { sampled = false } = {}): Promise<TrajectoryId> {
  const sources = await Promise.all(item.images.map(async ({ blob }) => decodeImage(await project.blobs.get(blob), blob)))
  const checkpoint = baseCheckpoint(project)
  const tokenizer = sampled && checkpoint !== null ? await openTokenizer(join(project.folder, checkpoint.folder)) : null
  const random = Random.seeded(7, 'made-up probabilities')
  let { episode } = startEpisode(item, sources, options)
  for (const text of turns) episode = advance(episode, { text, ...tokensOf(text, tokenizer, random), ending: 'stop' }).episode
  const origin: TrajectoryOrigin = tokenizer === null ? { kind: 'teacher', teacher: 'scripted', seed: 1 }
    : { kind: 'model', checkpointId: checkpoint?.id ?? null, runId: null, groupIndex: 0, runStep: null, sampling: options.sampling }
  const trajectory = await toTrajectory(finishedPath(episode), {
    item, origin, prompt: 'vilasr', drawStyle: 'vilasr',
    putImage: async (raw) => ({ blob: await project.blobs.put(await encodePng(raw), 'image/png'), width: raw.width, height: raw.height, mime: 'image/png', origin: { kind: 'drawn' } })
  })
  insertTrajectory(project, trajectory)
  setReward(project, trajectory.id, scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: options.preset.turnShape }))
  return trajectory.id
}

function tokensOf(text: string, tokenizer: Tokenizer | null, random: Random): { promptIds: number[]; responseIds: number[]; logProbs: number[]; entropies: number[] } {
  if (tokenizer === null) return { promptIds: [], responseIds: [], logProbs: [], entropies: [] }
  const responseIds = [...tokenizer.encode(text), tokenizer.special.imEnd]
  const logProbs = responseIds.map(() => Math.log(1 - 0.95 * random.uniform() ** 3))
  return { promptIds: [], responseIds, logProbs, entropies: logProbs.map((value) => -value / 2) }
}

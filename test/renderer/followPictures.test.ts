// The document under a person's hands and the copies drawn of it agree on the numbers of pictures, through any edits, undo and
// redo, also when the path is closed and opened again between them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editPath } from '#main/rollout/editPath.ts'
import type { PathDraft } from '#main/rollout/episode.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { EditHistory } from '#shared/domain/editHistory.ts'
import { BlobId, TrajectoryId } from '#shared/domain/ids.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { EditedPath } from '../../src/renderer/canvas/document/editedPath.ts'
import { NO_STATEMENT, shapesOf } from '../../src/renderer/canvas/document/pathDocument.ts'

const style = loadDrawStyle('pocket')
const picture: RawImage = { width: 28, height: 28, data: new Uint8Array(28 * 28 * 3).fill(120) }
const image = { blob: BlobId.parse('0'.repeat(64)), width: 28, height: 28, mime: 'image/png', origin: { kind: 'drawn' } } as const
const STEPS = 3

const box = (imageIndex: number, label: string): DrawOp => ({ kind: 'box', imageIndex, box: [2, 2, 12, 12], label, space: 'model' })
const line = (imageIndex: number, label: string): DrawOp => ({ kind: 'line', imageIndex, start: [2, 2], end: [20, 20], label, space: 'model' })

interface Stored extends Omit<PathDraft, 'steps'> { id: TrajectoryId; steps: Step[]; modelSizes: { width: number; height: number }[] }

function stored(draft: PathDraft, version: number): Stored {
  const steps = draft.steps.map((step) => ({ ...step, observations: step.observations.map((observation) => ({ ...observation, image })) }))
  return { ...draft, id: TrajectoryId.parse(`v${version}`), steps, modelSizes: [{ width: 28, height: 28 }, { width: 28, height: 28 }] }
}

/** Two given pictures; each of three steps draws on the newest one. */
function firstVersion(): Stored {
  const drawing = (text: string): Step => ({ text, thought: text, action: { kind: 'none' }, observations: [], problems: [], mistake: false, tokens: null })
  const empty = { steps: Array.from({ length: STEPS }, (_, i) => drawing(`step ${i}`)), answer: null, finishReason: 'no_action' as const, finishStep: 0, modelSizes: [{ width: 28, height: 28 }, { width: 28, height: 28 }] }
  return stored(editPath(empty, { steps: [{ index: 0, ops: [box(1, 'a'), line(2, 'l')] }, { index: 1, ops: [box(3, 'b')] }, { index: 2, ops: [line(5, 'm'), box(4, 'c')] }] }, [picture, picture], style), 0)
}

/** An edited path over a project in memory that draws every version as the real one does. */
class Desk {
  readonly versions: Stored[] = [firstVersion()]
  history: EditHistory | null = null
  path = this.#open()

  get newest(): Stored {
    return this.versions.at(-1) ?? firstVersion()
  }

  async reopen(): Promise<void> {
    await this.path.whenSaved()
    this.path = this.#open()
  }

  #open(): EditedPath {
    return new EditedPath({ trajectory: this.newest, statement: NO_STATEMENT, history: this.history === null ? null : EditHistory.parse(JSON.parse(JSON.stringify(this.history))) }, {
      save: ({ change, history }) => {
        if (change !== null) this.versions.push(stored(editPath(this.newest, change, [picture, picture], style), this.versions.length))
        this.history = history
        return Promise.resolve(this.newest.id)
      },
      onSaveState: ({ error }) => { if (error !== null) throw error }, onChange: () => {}
    })
  }

  /** Operations by step, as the document and as the newest stored version have them. */
  ops(): { document: DrawOp[][]; stored: DrawOp[][] } {
    return {
      document: Array.from({ length: STEPS }, (_, step) => shapesOf(this.path.document, step).map(({ op }) => op)),
      stored: this.newest.steps.map(({ action }) => action.kind === 'draw' ? action.ops : [])
    }
  }
}

type Move = { do: 'add'; step: number; image: number; isBox: boolean } | { do: 'remove'; step: number; place: number } | { do: 'undo' } | { do: 'redo' } | { do: 'reopen' }

async function play(desk: Desk, move: Move): Promise<void> {
  switch (move.do) {
    case 'undo': desk.path.undo(); break
    case 'redo': desk.path.redo(); break
    case 'reopen': await desk.reopen(); break
    case 'remove': desk.path.remove(shapesOf(desk.path.document, move.step).slice(move.place, move.place + 1).map(({ id }) => id)); break
    case 'add': {
      const there = 2 + desk.newest.steps.slice(0, move.step).flatMap(({ observations }) => observations).length
      const index = 1 + move.image % there
      desk.path.add(move.step, [move.isBox ? box(index, 'new') : line(index, 'new')])
    }
  }
  await desk.path.whenSaved()
}

const step = fc.integer({ min: 0, max: STEPS - 1 })
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), step, image: fc.nat(6), isBox: fc.boolean() }),
  fc.record({ do: fc.constant('remove' as const), step, place: fc.nat(2) }),
  fc.constantFrom<Move>({ do: 'undo' }, { do: 'redo' }, { do: 'reopen' })
)

describe('picture numbers', () => {
  it('are the same in the document and in every stored copy, and undo brings back those of the beginning', async () => {
    await fc.assert(fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 10 }), async (moves) => {
      const desk = new Desk()
      const before = desk.ops().document
      for (const each of moves) {
        await play(desk, each)
        const { document, stored: drawn } = desk.ops()
        expect(document).toEqual(drawn)
      }
      while (desk.path.canUndo) await play(desk, { do: 'undo' })
      expect(desk.ops()).toEqual({ document: before, stored: before })
    }), { numRuns: 25, seed: 7 })
  })

  it('follow a picture that moves because an earlier one is gone', async () => {
    const desk = new Desk()
    desk.path.remove(['shape:0:0'])
    await desk.path.whenSaved()
    expect(desk.ops().document).toEqual([[line(2, 'l')], [box(1, 'b')], [line(4, 'm'), box(3, 'c')]])
  })
})

import type { EditingState } from '#shared/contract/editing.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { EditedPath } from '../canvas/document/editedPath.ts'
import { api } from '../client/client.ts'
import { pictureUrl } from '../client/pictures.ts'

/** What the project says of a path when it is opened. */
export interface Opened { readonly detail: TrajectoryDetail; readonly editing: EditingState }

/** A path under review with the edits made of it. */
export interface Session { readonly path: EditedPath; detail: TrajectoryDetail; readonly original: EditingState['original'] }

/** Paths left last that stay as they were, besides those whose edits are still being saved. */
const KEPT = 3
/** Pictures of a path that are fetched before it is shown. */
const PICTURES_AHEAD = 12

/** Paths at hand: those left a moment ago, as they were left, and those that will be asked for next, read before anyone asks. */
export class PathShelf {
  /** Newest first; the open one is the first. */
  #sessions: Session[] = []
  #ahead = new Map<TrajectoryId, { readonly opened: Promise<Opened>; readonly pictures: HTMLImageElement[] }>()

  /** The session whose newest version this is. */
  find(id: TrajectoryId): Session | undefined {
    return this.#sessions.find(({ path: { head } }) => head === id)
  }

  /** Puts the open path first; those left long ago go, unless `isNeeded`. */
  put(session: Session, isNeeded: (session: Session) => boolean): void {
    this.#sessions = [session, ...this.#sessions.filter((other) => other !== session)].filter((each, i) => i <= KEPT || isNeeded(each))
  }

  read(id: TrajectoryId, reviewer: string): Promise<Opened> {
    return this.#ahead.get(id)?.opened ?? readPath(id, reviewer)
  }

  /** Reads paths and fetches their pictures before they are asked for; others that were read ahead are given up. */
  readAhead(ids: readonly TrajectoryId[], reviewer: string): void {
    const wanted = ids.filter((id) => this.find(id) === undefined)
    this.#ahead = new Map(wanted.map((id) => [id, this.#ahead.get(id) ?? readWithPictures(id, reviewer)]))
  }

  /** Empties the shelf once every edit on it is in the project. */
  async clear(): Promise<void> {
    await Promise.all(this.#sessions.map(({ path }) => path.whenSaved()))
    this.#sessions = []
    this.#ahead = new Map()
  }
}

async function readPath(id: TrajectoryId, reviewer: string): Promise<Opened> {
  const [detail, editing] = await Promise.all([api.trajectories.get({ id }), api.editing.open({ id, reviewer })])
  return { detail, editing }
}

function readWithPictures(id: TrajectoryId, reviewer: string): { opened: Promise<Opened>; pictures: HTMLImageElement[] } {
  const pictures: HTMLImageElement[] = []
  const opened = readPath(id, reviewer)
  // Whoever opens the path is told what failed; until then nobody asked for it.
  opened.then(({ detail: { item, trajectory } }) => {
    const drawn = trajectory.steps.flatMap(({ observations }) => observations.map(({ image }) => image))
    for (const { blob } of [...item.images, ...drawn].slice(0, PICTURES_AHEAD)) {
      const picture = new Image()
      picture.src = pictureUrl(blob)
      pictures.push(picture)
    }
    // What is shown first is decoded too; one that cannot be is said to be so where it is shown.
    pictures[0]?.decode().catch(() => undefined)
  }, () => undefined)
  return { opened, pictures }
}

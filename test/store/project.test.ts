import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { listReviews } from '#main/store/reviews.ts'
import { getItem, insertItems, listItems } from '#main/store/items.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { createProject, openProject } from '#main/store/project.ts'
import { sqlite } from '#main/store/connection.ts'
import { makeItem, makeTrajectory, temporaryFolder, temporaryProject } from './fixtures.ts'

describe('a project folder', () => {
  it('opens again with what was put in, also after being copied', () => {
    const folder = path.join(temporaryFolder(), 'a')
    const project = createProject(folder, 'Rooms')
    const item = makeItem()
    insertItems(project, [item])
    project.close()
    cpSync(folder, `${folder}-copy`, { recursive: true })
    const copy = openProject(`${folder}-copy`, { mode: 'write' })
    expect(copy.name).toBe('Rooms')
    expect(getItem(copy, item.id)).toEqual(item)
    copy.close()
  })

  it('refuses a folder without a project, and a second project in one folder', () => {
    const folder = temporaryFolder()
    expect(() => openProject(folder, { mode: 'write' })).toThrow(expect.objectContaining({ code: 'not_a_project' }))
    expect(existsSync(path.join(folder, 'project.sqlite'))).toBe(false)
    createProject(folder, 'one').close()
    expect(() => createProject(folder, 'two')).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('calls a file that is no database what it is', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'project.sqlite'), 'not a database at all'.repeat(100))
    expect(() => openProject(folder, { mode: 'write' })).toThrow(expect.objectContaining({ code: 'not_a_project' }))
    expect(() => openProject(folder, { mode: 'read' })).toThrow(expect.objectContaining({ code: 'not_a_project' }))
  })

  it('lets readers look beside the writer but not write', () => {
    const project = temporaryProject()
    const reader = openProject(project.folder, { mode: 'read' })
    insertItems(project, [makeItem()])
    expect(listItems(reader).total).toBe(1)
    const insert = sqlite.insertInto('project').values({ id: 2, name: 'x', created_at: 'x' }).returning('id')
    // @ts-expect-error a change is not a Select
    expect(() => reader.all(insert)).toThrow(/readonly/)
    reader.close()
  })
})

describe('the writer lock', () => {
  it('names the process that holds it and is free after close', () => {
    const project = temporaryProject()
    expect(() => openProject(project.folder, { mode: 'write' })).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining(`process ${process.pid}`) })
    )
    const folder = path.join(temporaryFolder(), 'b')
    createProject(folder, 'b').close()
    openProject(folder, { mode: 'write' }).close()
  })

  it('is free, and every acknowledged edit is there, after kill -9', async () => {
    const folder = path.join(temporaryFolder(), 'killed')
    const project = createProject(folder, 'killed')
    const item = makeItem()
    const trajectory = makeTrajectory(item.id)
    insertItems(project, [item])
    insertTrajectory(project, trajectory)
    project.close()
    const url = (name: string): string => JSON.stringify(pathToFileURL(path.resolve('src/main/store', name)).href)
    const program = `
      const { openProject } = await import(${url('project.ts')})
      const { addReview } = await import(${url('reviews.ts')})
      const project = openProject(${JSON.stringify(folder)}, { mode: 'write' })
      for (let i = 0; ; i++) {
        addReview(project, { id: 'review' + i, trajectoryId: ${JSON.stringify(trajectory.id)}, reviewer: 'ann', verdict: 'accept', reflective: null, comment: '', createdAt: ${JSON.stringify(trajectory.createdAt)} })
        await new Promise((resolve) => process.stdout.write('review' + i + '\\n', resolve))
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let acknowledged = ''
    for await (const chunk of child.stdout) {
      acknowledged += String(chunk)
      if (acknowledged.split('\n').length <= 20) continue
      expect(() => openProject(folder, { mode: 'write' })).toThrow(expect.objectContaining({ message: expect.stringContaining(`process ${child.pid}`) }))
      child.kill('SIGKILL')
      break
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const reopened = openProject(folder, { mode: 'write' })
    const kept = listReviews(reopened, trajectory.id).map(({ id }) => String(id))
    expect(kept).toEqual(expect.arrayContaining(acknowledged.trim().split('\n').slice(0, -1)))
    expect(kept.length).toBeGreaterThanOrEqual(20)
    reopened.close()
  })
})

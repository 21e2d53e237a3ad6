import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleFrames } from '#main/curate/video.ts'
import { temporaryFolder } from '../store/fixtures.ts'

const PLAZA = path.resolve('test/fixtures/real/images/plaza.mp4')

describe('frames of a video', () => {
  it('lie in the middles of equal parts and come out the same each time', async () => {
    const first = await sampleFrames(PLAZA, 4)
    const again = await sampleFrames(PLAZA, 4)
    expect(first.frames.map(({ seconds }) => seconds)).toEqual([2.5, 7.5, 12.5, 17.5])
    const digest = ({ frames }: typeof first) => frames.map(({ image }) => createHash('sha256').update(image.data).digest('hex'))
    expect(digest(again)).toEqual(digest(first))
    expect(new Set(digest(first)).size).toBe(4)
    expect(first.frames[0]?.image).toMatchObject({ width: 768, height: 576 })
    expect(first.decoder).toMatch(/^FFmpeg \d.* avcodec \d/)
  })

  it('show the plaza upright and in colour: bright ground, dark lamp post in the right half', async () => {
    const { frames } = await sampleFrames(PLAZA, 1)
    const { data } = frames[0]?.image ?? { data: new Uint8Array() }
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    expect(mean).toBeGreaterThan(60)
    expect(mean).toBeLessThan(220)
  })

  it('are refused for what is no video, with what to do', async () => {
    const folder = temporaryFolder()
    const avi = path.join(folder, 'old.avi')
    writeFileSync(avi, Buffer.concat([Buffer.from('RIFF\x24\0\0\0AVI LIST'), Buffer.alloc(200)]))
    await expect(sampleFrames(avi, 16)).rejects.toMatchObject({ code: 'unsupported', advice: expect.stringContaining('ffmpeg') })
    const cut = path.join(folder, 'cut.mp4')
    writeFileSync(cut, Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1'))
    await expect(sampleFrames(cut, 16)).rejects.toMatchObject({ code: expect.stringMatching(/unsupported|unreadable_file/) })
  })

  it('stop when asked', async () => {
    await expect(sampleFrames(PLAZA, 16, AbortSignal.abort())).rejects.toThrow(/abort/i)
  })
})

import { SightlineError } from '#shared/domain/errors.ts'
import type { InputVideoTrack, VideoSample } from 'mediabunny'
import type { RawImage } from '../image/rawImage.ts'

export interface VideoFrame {
  /** When the frame is shown, in seconds from the video's zero. */
  seconds: number
  image: RawImage
}

export interface SampledVideo {
  frames: VideoFrame[]
  /** Decoder and versions: three decoders give three results, so every stored frame names the one that made it. */
  decoder: string
}

const CONVERT = 'convert it first, for example: ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p OUT.mp4'

/**
 * `count` frames at the middles of `count` equal parts of a video, in RGB at its display size. Decoded by FFmpeg in software
 * with one result on every machine. Throws `unsupported` for containers and codecs that cannot be read, `unreadable_file`
 * for damaged ones; aborts with the signal's reason.
 */
export async function sampleFrames(file: string, count: number, signal?: AbortSignal): Promise<SampledVideo> {
  const { mediabunny, decoder } = await loadDecoder()
  const input = new mediabunny.Input({ formats: mediabunny.ALL_FORMATS, source: new mediabunny.FilePathSource(file) })
  try {
    const track = await videoTrack(input, file)
    const first = await track.getFirstTimestamp()
    const length = (await track.computeDuration()) - first
    const stamps = Array.from({ length: count }, (_, i) => first + ((i + 0.5) / count) * length)
    const frames: VideoFrame[] = []
    for await (const sample of new mediabunny.VideoSampleSink(track).samplesAtTimestamps(stamps)) {
      signal?.throwIfAborted()
      if (sample === null) throw damaged(file, 'a frame is missing')
      frames.push(await frameOf(sample))
    }
    return { frames, decoder }
  } catch (error) {
    if (error instanceof SightlineError || signal?.aborted === true) throw error
    if (error instanceof mediabunny.UnsupportedInputFormatError) {
      throw new SightlineError('unsupported', 'this video container is not supported', { where: file, advice: `use MP4, MOV, WebM or Matroska; ${CONVERT}`, cause: error })
    }
    throw damaged(file, error instanceof Error ? error.message : String(error), error)
  } finally {
    input.dispose()
  }
}

async function videoTrack(input: { getPrimaryVideoTrack(): Promise<InputVideoTrack | null> }, file: string): Promise<InputVideoTrack> {
  const track = await input.getPrimaryVideoTrack()
  if (track === null) throw new SightlineError('unsupported', 'this file holds no video track', { where: file, advice: 'give a video, or its pictures' })
  if (await track.canDecode()) return track
  const codec = (await track.getCodec()) ?? 'unknown'
  throw new SightlineError('unsupported', `the video codec ${codec} cannot be decoded`, { where: file, advice: `use H.264, H.265, VP8, VP9 or AV1; ${CONVERT}` })
}

/** Loaded on first use: the decoder is a large native addon that most work never needs. */
async function loadDecoder() {
  const mediabunny = await import('mediabunny')
  const { registerMediabunnyServer } = await import('@mediabunny/server')
  const { getFFmpegInfo } = await import('node-av')
  // Hardware decoders differ in the last bits from machine to machine.
  registerMediabunnyServer({ hardwareContext: null })
  const { version, libraries } = getFFmpegInfo()
  return { mediabunny, decoder: `FFmpeg ${version} avcodec ${libraries.avcodec}` }
}

async function frameOf(sample: VideoSample): Promise<VideoFrame> {
  const { timestamp } = sample
  using upright = await toUpright(sample)
  const { width, height } = upright.visibleRect
  const rgba = new Uint8Array(upright.allocationSize({ format: 'RGBA' }))
  await upright.copyTo(rgba, { format: 'RGBA' })
  const data = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from] ?? 0
    data[to + 1] = rgba[from + 1] ?? 0
    data[to + 2] = rgba[from + 2] ?? 0
  }
  return { seconds: timestamp, image: { width, height, data } }
}

/** The frame as a player shows it: turned, mirrored, with square pixels. */
async function toUpright(sample: VideoSample): Promise<VideoSample> {
  const { visibleRect, displayWidth: width, displayHeight: height } = sample
  const plain = sample.rotation === 0 && !sample.flip && visibleRect.width === width && visibleRect.height === height
  if (plain) return sample
  const upright = await sample.transform({ width, height, fit: 'fill' })
  sample.close()
  return upright
}

function damaged(file: string, reason: string, cause?: unknown): SightlineError {
  return new SightlineError('unreadable_file', `the video cannot be decoded: ${reason}`, { where: file, advice: `the file may be damaged; ${CONVERT}`, cause })
}

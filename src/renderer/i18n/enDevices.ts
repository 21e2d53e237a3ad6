/** The words of the devices that models run on. */
export const enDevices = {
  device: {
    title: 'Device', name: { cpu: 'CPU', webgpu: 'Graphics card (WebGPU)' }, wish: { auto: 'Automatic', cpu: 'CPU', webgpu: 'Graphics card (WebGPU)' },
    field: 'Runs on', asSet: 'As set ({device})', choose: 'Work runs on', now: 'Models run on: {device}',
    what: 'Automatic takes the graphics card where a check found its results right and its products faster than the processor\'s. The same seed gives the same numbers on the same device only.',
    chat: 'Models that other programs talk to at /v1 run on the CPU.',
    notAsked: 'The graphics adapter was not checked yet.', probe: 'Check the graphics adapter', probing: 'Checking, up to some minutes…', probeFailed: 'Could not check the graphics adapter', chooseFailed: 'Could not change the device',
    checked: 'Checked', speed: 'Products in float32', speedIs: '{device} GF/s, {cpu} GF/s on the CPU', half: 'Half floats', halfIs: { none: 'not stored', narrow: 'stored; sums in 16 bits', wide: 'stored; sums in 32 bits' },
    fused: 'Fused attention', fusedRight: 'right', fusedWrong: 'wrong at {rows} rows', buffer: 'Largest buffer found', unknown: 'not checked',
    verdict: { preferred: 'Right, and faster than the CPU.', slower: 'Right, but slower than the CPU (a software adapter?).', unusable: 'Not usable: {words}' },
    ranOn: 'Device of the graphs', moved: '{device} from {at} on', resumeOnCpu: 'Resume on the CPU', resumeOnCpuWhat: 'Goes on from the last saved state on the processor; the change is noted with the run. Use it when the graphics device fails again.'
  }
}

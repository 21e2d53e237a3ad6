/** The words of the canvas, of what lies on it, and of editing in general. */
export const enCanvas = {
  canvas: {
    label: 'Drawing of step {step} on picture {picture}', tools: 'Drawing tools', select: 'Select', pan: 'Pan', box: 'Box', line: 'Line', undo: 'Undo', redo: 'Redo', remove: 'Delete', duplicate: 'Duplicate',
    earlier: 'Draw earlier', later: 'Draw later', clip: 'Clip to the picture', snapping: 'Snap to corners, edges, centres and ends',
    zoomIn: 'Zoom in', zoomOut: 'Zoom out', actual: '100 %', fit: 'Fit', notEditable: 'This step draws nothing.', modelView: 'As the model saw it', before: 'Before', after: 'After',
    gone: 'The picture {name} cannot be shown: its file (blobs, {blob}) is missing or cannot be read. Put the project\'s blobs folder back from a copy, or import the picture again.',
    goneFrame: '{video} at {at}', goneDrawn: 'The drawn picture cannot be shown: its file (blobs, {blob}) is missing or cannot be read. Put the project\'s blobs folder back from a copy; an edit of the step draws a new one.',
    modelSize: '{width} × {height} model pixels', pictures: 'Pictures of the path', picture: 'Picture {n}', drawnHere: 'This step draws here', below: 'Shapes, revisions or pictures', sideBySide: 'Views side by side',
    layers: 'Layers and aids', modelLayer: 'Drawn by the model', humanLayer: 'Drawn or changed by people', onlyStep: 'Only this step', crosshair: 'Crosshair', magnifier: 'Magnifier', minimap: 'Overview when zoomed in', opacity: 'Opacity'
  },
  shapes: {
    title: 'Shapes ({n})', addBox: 'Box', addLine: 'Line', label: 'Label', chosen: 'The chosen shape', several: '{n} shapes chosen', labelsDiffer: 'different labels',
    severalHint: 'Moving, deleting, duplicating and a new label do so to all of them, undone as one. Numbers are edited one shape at a time.', suggestions: 'Suggested labels', outside: 'Reaches outside the picture',
    outsideHint: 'Reaches outside the picture. “Clip to the picture” cuts it off, and so does an edit of its numbers.',
    none: 'No shapes on this picture. Press R or L and drag on it, or add one here.', noneHere: 'No shapes here.'
  },
  space: { model: 'Model px', source: 'Source px', perMille: '0–1000' },
  revision: {
    title: 'Revisions ({n})', none: 'No shape of this path was seen and moved.', steps: 'step {from} → {to}', found: 'found', byHand: 'added', confirmed: 'confirmed', refused: 'refused',
    confirm: 'This is a revision', refuse: 'This is no revision', addFor: '“{label}” looks again at', earlier: 'an earlier shape', noEarlier: 'No earlier shape of this kind on this picture', candidate: 'step {step}: {label}',
    ends: 'start moved by {start} px, end by {end} px', legend: 'On the picture: dashed as it was, solid as it is now.',
    add: 'Add', addHint: 'Choose a shape to mark it as a second look at an earlier one.'
  },
  rivals: {
    what: 'This path was also edited by {reviewer} ({time}). Both versions are stored.', chosen: 'The version of {reviewer} ({time}) was chosen in another window; this one is kept among the versions.', newer: 'A newer version of this path was stored in another window.', showNewer: 'Show it', compare: 'Compare and choose', title: 'Two versions of one path', failed: 'The choice was not stored',
    explain: 'Nothing is lost whichever you choose: the version set aside leaves the lists and stays among the versions of the path.',
    mine: 'This version', theirs: 'The version of {reviewer}', keepMine: 'Keep this one', takeTheirs: 'Take the other', keepBoth: 'Keep both as paths'
  }
}

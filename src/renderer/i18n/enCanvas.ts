/** The words of the canvas, of what lies on it, and of editing in general. */
export const enCanvas = {
  conflict: {
    what: 'This path was also edited by {reviewer} ({time}). Both versions are stored.', compare: 'Compare and choose', title: 'Two versions of one path', failed: 'The choice was not stored',
    explain: 'Nothing is lost whichever you choose: the version set aside leaves the lists and stays among the versions of the path.',
    mine: 'This version', theirs: 'The version of {reviewer}', keepMine: 'Keep this one', takeTheirs: 'Take the other', keepBoth: 'Keep both as paths'
  }
}

namespace Qschedd.Config;

/// <summary>What is no mistake and worth a word, in the order of the files, in whatever order they were read.</summary>
internal sealed class FileNotes
{
    private readonly List<(int File, string Text)> _notes = [];

    /// <param name="file">Its place among the files.</param>
    /// <param name="text">Told once, however often it is added.</param>
    public void Add(int file, string text)
    {
        if (!_notes.Contains((file, text)))
            _notes.Add((file, text));
    }

    public IEnumerable<string> InOrder() => _notes.OrderBy(note => note.File).Select(note => note.Text).Distinct();
}

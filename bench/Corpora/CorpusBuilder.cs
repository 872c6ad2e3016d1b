using System.Globalization;
using System.Text;

namespace Unarr.Pipelines.Bench.Corpora;

internal sealed class CorpusBuilder(string lineEnd = "\n")
{
    private readonly MemoryStream _bytes = new();
    private int _items;
    private int _comments;
    private int _retries;
    private long _dataBytes;

    public long Length => _bytes.Length;

    public CorpusBuilder Event(string? type, params ReadOnlySpan<string> dataLines)
    {
        if (type is not null)
        {
            Line($"event: {type}");
        }

        foreach (string line in dataLines)
        {
            Line($"data: {line}");
            _dataBytes += line.Length;
        }

        _dataBytes += dataLines.Length - 1;
        _items++;
        return Line("");
    }

    public CorpusBuilder Id(int id) => Line(string.Create(CultureInfo.InvariantCulture, $"id: {id}"));

    public CorpusBuilder Heartbeat()
    {
        _comments++;
        return Line(": hb").Line("");
    }

    public CorpusBuilder Retry()
    {
        _retries++;
        return Line("retry: 2000");
    }

    public Corpus Build(string name, int? events = null) => new(name, _bytes.ToArray())
    {
        Events = events ?? _items,
        Items = _items,
        Frames = _items + _comments + _retries,
        Retries = _retries,
        DataBytes = _dataBytes,
    };

    private CorpusBuilder Line(string line)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(line + lineEnd));
        return this;
    }
}

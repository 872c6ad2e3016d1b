using System.Globalization;
using System.Text;

namespace Unarr.Agent.Terminal;

/// <summary>Standard error. Writing to it never waits, and ends nothing when it cannot be written (its disk is full, its reader has gone):
/// there is nowhere left to tell.</summary>
internal sealed class StandardError : TextWriter
{
    private readonly Stream _error;
    private readonly LineWriter _lines;

    public StandardError(Stream error)
    {
        _error = error;
        _lines = new LineWriter(Put, new LineQueue(Dropped));
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _lines.Add(Encoding.GetBytes(value));
        }
    }

    public override void WriteLine(string? value) => Write($"{value}{NewLine}");

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    /// <summary>Writes what is at hand, for a second at most.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _lines.EndAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Put(byte[] line)
    {
        try
        {
            _error.Write(line);
            _error.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next one may get through again.
        }
    }

    private byte[] Dropped(long lines) =>
        Encoding.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"warning: Nobody read standard error: lines dropped: {lines}{NewLine}"));
}

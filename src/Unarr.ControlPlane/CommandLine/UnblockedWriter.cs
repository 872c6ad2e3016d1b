using System.Text;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Writes to an output that may take nothing for long: the caller never waits for it.</summary>
/// <remarks>
/// Texts wait in a bounded queue and a thread of their own writes them out. What has no room is dropped and counted; the count is handed on
/// once half of the room is free again.
/// </remarks>
internal sealed class UnblockedWriter : TextWriter
{
    /// <summary>How many characters may wait.</summary>
    public const int MaxCharacters = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<string> _waiting = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly TextWriter _output;
    private readonly Thread _thread;
    private int _characters;
    private long _dropped;
    private bool _isClosed;

    /// <param name="output">The output; it is this writer's own.</param>
    public UnblockedWriter(Stream output)
    {
        _output = new StreamWriter(output, Encoding);
        _thread = new Thread(WriteOut) { IsBackground = true, Name = nameof(UnblockedWriter) };
        _thread.Start();
    }

    /// <summary>Is called, by the writing thread, with how many texts were dropped.</summary>
    public Action<long>? Dropped { get; set; }

    public override Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write($"{value}\n");

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        lock (_gate)
        {
            if (_isClosed || value.Length > MaxCharacters - _characters)
            {
                _dropped++;
                return;
            }

            _waiting.Enqueue(value);
            _characters += value.Length;
        }

        _work.Release();
    }

    /// <summary>Takes no more and waits until all is written, but not longer than it is told.</summary>
    public void Close(TimeSpan atMost)
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        _work.Release();
        _thread.Join(atMost);
    }

    private void WriteOut()
    {
        while (true)
        {
            _work.Wait();
            string text;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out text!))
                {
                    return;
                }
            }

            bool isWritten = TryWrite(text);
            if (Taken(text, isWritten) is > 0 and long dropped)
            {
                Dropped?.Invoke(dropped);
            }
        }
    }

    private bool TryWrite(string text)
    {
        try
        {
            _output.Write(text);
            _output.Flush();
            return true;
        }
        catch (IOException)
        {
            // The output is broken, and there is no other place to say so: the text counts as dropped.
            return false;
        }
    }

    /// <returns>How many dropped texts are to be told of now.</returns>
    private long Taken(string text, bool isWritten)
    {
        lock (_gate)
        {
            _characters -= text.Length;
            _dropped += isWritten ? 0 : 1;
            if (Dropped is null || !isWritten || _characters > MaxCharacters / 2)
            {
                return 0;
            }

            (long dropped, _dropped) = (_dropped, 0);
            return dropped;
        }
    }
}

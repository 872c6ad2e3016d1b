using System.Globalization;
using System.Text;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Answers each read of a document with what the first one was answered, and keeps the watch of documents silent.</summary>
internal sealed class OlderReads(string prefix)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _replies = [];
    private NatsFrame? _first;

    public bool IsRecorded
    {
        get
        {
            lock (_gate)
            {
                return _first is not null;
            }
        }
    }

    public NatsFrame? Pass(NatsFrame frame)
    {
        lock (_gate)
        {
            if (frame.Subject == $"$JS.API.STREAM.MSG.GET.KV_{prefix}_pending")
            {
                _replies.Add(frame.ReplyTo);
            }
            else if (_replies.Remove(frame.Subject))
            {
                _first ??= frame;
                return frame with { Line = LineOf(frame), Payload = _first.Payload };
            }

            return frame.Subject.StartsWith($"$KV.{prefix}_pending.", StringComparison.Ordinal) && frame.Verb is "MSG" or "HMSG"
                ? null : frame;
        }
    }

    /// <summary>The line of an answer, with the size of the first answer.</summary>
    private byte[] LineOf(NatsFrame frame)
    {
        string[] words = Encoding.ASCII.GetString(frame.Line).TrimEnd().Split(' ');
        words[^1] = (_first!.Payload.Length - 2).ToString(CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(string.Join(' ', words) + "\r\n");
    }
}

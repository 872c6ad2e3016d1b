using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Parsing;

/// <summary>Frames as JSON lines, gathered until they are flushed.</summary>
internal sealed class FrameLines : IDisposable
{
    private const int FullBytes = 64 * 1024;

    private static readonly (JsonEncodedText Text, JsonEncodedText Base64) EventName = Names("event");
    private static readonly (JsonEncodedText Text, JsonEncodedText Base64) DataName = Names("data");
    private static readonly (JsonEncodedText Text, JsonEncodedText Base64) IdName = Names("id");
    private static readonly (JsonEncodedText Text, JsonEncodedText Base64) TextName = Names("text");

    private readonly Stream _output;
    private readonly bool _base64;
    private readonly ArrayBufferWriter<byte> _lines = new(FullBytes);
    private readonly Utf8JsonWriter _json;

    public FrameLines(Stream output, bool base64)
    {
        _output = output;
        _base64 = base64;

        // A peer's bytes may be anything: the encoder puts U+FFFD for what is not UTF-8.
        _json = new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Whether as much has been gathered as is worth a write of its own.</summary>
    public bool IsFull => _lines.WrittenCount >= FullBytes;

    /// <summary>Adds a frame's line; of one that is longer than is gathered, the beginning is written at once.</summary>
    public void Add(SseFrame frame, SseDialect dialect)
    {
        switch (frame.Kind)
        {
            case SseFrameKind.Event:
                Begin("event"u8);
                Bytes(EventName, frame.EventType);
                Bytes(DataName, frame.Data);
                if (dialect == SseDialect.Html)
                {
                    Bytes(IdName, frame.LastEventId);
                }

                break;
            case SseFrameKind.Comment:
                Begin("comment"u8);
                Bytes(TextName, frame.Comment);
                break;
            case SseFrameKind.Retry:
                Begin("retry"u8);
                _json.WriteNumber("milliseconds"u8, frame.ReconnectionInterval.Ticks / TimeSpan.TicksPerMillisecond);
                break;
        }

        End();
    }

    public void Add(SseException error)
    {
        Begin("error"u8);
        _json.WriteString("error"u8, error.Error == SseError.LineTooLong ? "line_too_long"u8 : "event_too_large"u8);
        _json.WriteNumber("limit"u8, error.Limit.GetValueOrDefault());
        _json.WriteNumber("offset"u8, error.Offset.GetValueOrDefault());
        End();
    }

    public async ValueTask FlushAsync()
    {
        if (_lines.WrittenCount > 0)
        {
            await _output.WriteAsync(_lines.WrittenMemory).ConfigureAwait(false);
            await _output.FlushAsync().ConfigureAwait(false);
            _lines.ResetWrittenCount();
        }
    }

    public void Dispose() => _json.Dispose();

    private static (JsonEncodedText Text, JsonEncodedText Base64) Names(string name) =>
        (JsonEncodedText.Encode(name), JsonEncodedText.Encode($"{name}64"));

    private void Begin(ReadOnlySpan<byte> kind)
    {
        _json.WriteStartObject();
        _json.WriteString("kind"u8, kind);
    }

    private void Bytes((JsonEncodedText Text, JsonEncodedText Base64) name, ReadOnlySpan<byte> value)
    {
        if (value.Length <= FullBytes)
        {
            Whole(name, value);
            return;
        }

        // A JSON writer takes at most 166 MB at a time, and a line may become six times as long as its bytes.
        _json.WritePropertyName(_base64 ? name.Base64 : name.Text);
        for (; value.Length > FullBytes; value = value[FullBytes..])
        {
            Part(value[..FullBytes], isLast: false);
            _json.Flush();
            _output.Write(_lines.WrittenSpan);
            _lines.ResetWrittenCount();
        }

        Part(value, isLast: true);
    }

    private void Whole((JsonEncodedText Text, JsonEncodedText Base64) name, ReadOnlySpan<byte> value)
    {
        if (_base64)
        {
            _json.WriteBase64String(name.Base64, value);
        }
        else
        {
            _json.WriteString(name.Text, value);
        }
    }

    private void Part(ReadOnlySpan<byte> value, bool isLast)
    {
        if (_base64)
        {
            _json.WriteBase64StringSegment(value, isLast);
        }
        else
        {
            _json.WriteStringValueSegment(value, isLast);
        }
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _lines.Write("\n"u8);
    }
}

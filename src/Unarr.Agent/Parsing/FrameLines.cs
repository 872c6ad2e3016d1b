using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Parsing;

/// <summary>Frames as JSON lines, gathered until they are flushed.</summary>
internal sealed class FrameLines : IDisposable
{
    private const int FullBytes = 64 * 1024;

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

    public void Add(in SseFrame frame, SseDialect dialect)
    {
        switch (frame.Kind)
        {
            case SseFrameKind.Event:
                Begin("event"u8);
                Bytes("event"u8, "event64"u8, frame.EventType.Span);
                Bytes("data"u8, "data64"u8, frame.Data.Span);
                if (dialect == SseDialect.WhatWg)
                {
                    Bytes("id"u8, "id64"u8, frame.LastEventId.Span);
                }

                break;
            case SseFrameKind.Comment:
                Begin("comment"u8);
                Bytes("text"u8, "text64"u8, frame.Comment.Span);
                break;
            case SseFrameKind.Retry:
                Begin("retry"u8);
                _json.WriteNumber("milliseconds"u8, frame.ReconnectionTime.Ticks / TimeSpan.TicksPerMillisecond);
                break;
        }

        End();
    }

    public void Add(SseException error)
    {
        Begin("error"u8);
        _json.WriteString("error"u8, error.Error == SseError.LineTooLong ? "line_too_long"u8 : "event_too_large"u8);
        _json.WriteNumber("limit"u8, error.Limit);
        _json.WriteNumber("offset"u8, error.Offset);
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

    private void Begin(ReadOnlySpan<byte> kind)
    {
        _json.WriteStartObject();
        _json.WriteString("kind"u8, kind);
    }

    private void Bytes(ReadOnlySpan<byte> name, ReadOnlySpan<byte> name64, ReadOnlySpan<byte> value)
    {
        if (_base64)
        {
            _json.WriteBase64String(name64, value);
        }
        else
        {
            _json.WriteString(name, value);
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

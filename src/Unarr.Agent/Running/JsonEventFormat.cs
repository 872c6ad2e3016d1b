using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>One JSON object a line, for programs.</summary>
internal sealed class JsonEventFormat : IEventFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] Control(ControlAction control, ControlSource source, TimeSpan at) => Line("control", at, json =>
    {
        json.WriteString("action"u8, control.Action);
        json.WriteString("taskId"u8, control.TaskId);
        json.WriteBoolean("deleteFiles"u8, control.DeleteFiles);
        json.WriteString("via"u8, EventNames.Of(source));
        WriteId(json, control);
    });

    public byte[] Result(ControlResult result, TimeSpan at) => Line("result", at, json =>
    {
        WriteId(json, result.Control);
        json.WriteString("action"u8, result.Control.Action);
        json.WriteString("taskId"u8, result.Control.TaskId);
        json.WriteBoolean("ok"u8, result.Error is null);
        if (result.Error is { } error)
        {
            json.WriteString("error"u8, error);
        }

        json.WriteNumber("try"u8, result.Try);
        json.WriteBoolean("willRetry"u8, result.WillRetry);
    });

    public byte[] Sync(SyncReport report, TimeSpan at) => Line("sync", at, json =>
    {
        json.WriteString("reason"u8, EventNames.Of(report.Reason));
        json.WriteBoolean("ok"u8, report.Succeeded);
        json.WriteNumber("controls"u8, report.Controls);
    });

    public byte[] Route(DownlinkStatus status, TimeSpan at) => Line("route", at, json =>
    {
        json.WriteString("route"u8, EventNames.Of(status.Route));
        json.WriteString("state"u8, EventNames.Of(status.State));
        if (status.Mirror is { } mirror)
        {
            json.WriteString("mirror"u8, EventNames.Of(mirror));
        }

        json.WriteString("reason"u8, status.Reason);
    });

    public byte[] Dropped(long lines, TimeSpan at) => Line("dropped", at, json => json.WriteNumber("lines"u8, lines));

    private static void WriteId(Utf8JsonWriter json, ControlAction control)
    {
        if (control.Id is { } id)
        {
            json.WriteString("id"u8, id);
        }
    }

    private static byte[] Line(string kind, TimeSpan at, Action<Utf8JsonWriter> members)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, kind);
            members(json);

            // "Seconds since the start, three decimals."
            json.WriteNumber("at"u8, (long)at.TotalMilliseconds * 0.001m);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes the body of a sync; what it does not know is the application's.</summary>
internal sealed class SyncRequestJsonConverter : JsonConverter<SyncRequest>
{
    public override SyncRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, headOnly: false);

    /// <summary>Reads a request.</summary>
    /// <param name="reader">At its first token; at its last one afterwards.</param>
    /// <param name="headOnly">Whether what is the application's is passed over, and tasks are only counted.</param>
    public static SyncRequest Read(ref Utf8JsonReader reader, bool headOnly)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        string? agentId = null;
        var request = new SyncRequest { AgentId = "" };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "agentId"u8))
            {
                agentId = WireMember.Text(ref reader, "agentId", agentId);
            }
            else if (!TryReadDescription(ref reader, request) && !TryReadList(ref reader, request, headOnly))
            {
                if (headOnly)
                {
                    WireMember.Skip(ref reader);
                    continue;
                }

                string name = WireText.Read(reader);
                reader.Read();
                (request.Additional ??= [])[name] = JsonElement.ParseValue(ref reader);
            }
        }

        request.AgentId = agentId ?? throw new PayloadException("\"agentId\" is missing.");
        return request;
    }

    public override void Write(Utf8JsonWriter writer, SyncRequest value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("agentId"u8, value.AgentId);
        WriteUnlessEmpty(writer, "name"u8, value.Name);
        WriteUnlessEmpty(writer, "version"u8, value.Version);
        WriteUnlessEmpty(writer, "os"u8, value.Os);
        WriteUnlessEmpty(writer, "arch"u8, value.Arch);
        if (value.Tasks is { Count: > 0 } tasks)
        {
            WriteList(writer, "tasks"u8, tasks, static (json, task) => task.WriteTo(json));
        }

        if (value.AppliedControls is { } applied)
        {
            WriteList(writer, "appliedControls"u8, applied, static (json, id) => json.WriteStringValue(id));
        }

        if (value.FailedControls is { } failed)
        {
            WriteList(writer, "failedControls"u8, failed, WriteFailed);
        }

        foreach ((string name, JsonElement element) in value.Additional ?? [])
        {
            writer.WritePropertyName(name);
            element.WriteTo(writer);
        }

        value.Members?.WriteTo(writer);

        writer.WriteEndObject();
    }

    private static bool TryReadDescription(ref Utf8JsonReader reader, SyncRequest request)
    {
        if (WireText.IsName(reader, "name"u8))
        {
            request.Name = WireMember.Text(ref reader, "name", request.Name) ?? "";
        }
        else if (WireText.IsName(reader, "version"u8))
        {
            request.Version = WireMember.Text(ref reader, "version", request.Version) ?? "";
        }
        else if (WireText.IsName(reader, "os"u8))
        {
            request.Os = WireMember.Text(ref reader, "os", request.Os) ?? "";
        }
        else if (WireText.IsName(reader, "arch"u8))
        {
            request.Arch = WireMember.Text(ref reader, "arch", request.Arch) ?? "";
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool TryReadList(ref Utf8JsonReader reader, SyncRequest request, bool headOnly)
    {
        if (WireText.IsName(reader, "tasks"u8))
        {
            ReadTasks(ref reader, request, headOnly);
        }
        else if (WireText.IsName(reader, "appliedControls"u8))
        {
            request.AppliedControls = WireMember.List(ref reader, "appliedControls", ReadId) ?? request.AppliedControls;
        }
        else if (WireText.IsName(reader, "failedControls"u8))
        {
            request.FailedControls = WireMember.List(ref reader, "failedControls", ReadFailed) ?? request.FailedControls;
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void ReadTasks(ref Utf8JsonReader reader, SyncRequest request, bool headOnly)
    {
        if (!headOnly)
        {
            request.Tasks = WireMember.List(ref reader, "tasks", JsonElement.ParseValue) ?? request.Tasks;
            request.TaskCount = request.Tasks.Count;
        }
        else if (WireMember.Next(ref reader))
        {
            WireMember.ThrowUnless(reader.TokenType == JsonTokenType.StartArray, "tasks", "a list");
            request.TaskCount = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                reader.Skip();
                request.TaskCount++;
            }
        }
    }

    private static string ReadId(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return "";
        }

        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.String, "appliedControls", "a list of strings");
        return WireText.Read(reader);
    }

    private static FailedControl ReadFailed(ref Utf8JsonReader reader)
    {
        string? id = "";
        string? error = "";
        if (reader.TokenType == JsonTokenType.Null)
        {
            return new FailedControl { Id = id };
        }

        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.StartObject, "failedControls", "a list of objects");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "id"u8))
            {
                id = WireMember.Text(ref reader, "id", id);
            }
            else if (WireText.IsName(reader, "error"u8))
            {
                error = WireMember.Text(ref reader, "error", error);
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        return new FailedControl { Id = id ?? "", Error = error ?? "" };
    }

    private static void WriteFailed(Utf8JsonWriter writer, FailedControl control)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, control.Id);
        writer.WriteString("error"u8, control.Error);
        writer.WriteEndObject();
    }

    /// <summary>"Empty ones are left out."</summary>
    private static void WriteUnlessEmpty(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteList<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<T> list, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in list)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }
}

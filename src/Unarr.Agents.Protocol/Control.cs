using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>One instruction of a control plane to an agent. Its JSON is that of the wire:
/// <c>{"action":"set-limit","taskId":"t1","params":{"bytesPerSecond":1000}}</c>.</summary>
/// <remarks>
/// Members that are missing or null on the wire are empty here; unknown members are ignored, unknown actions passed on. A control owns its
/// memory and does not change.
/// </remarks>
[JsonConverter(typeof(ControlJsonConverter))]
public sealed class Control
{
    /// <summary>How long each string of a control may be on the wire: 1,024 bytes of decoded UTF-8.</summary>
    public const int MaxStringBytes = 1024;

    /// <summary>How long <see cref="Parameters"/> may be: 65,536 bytes.</summary>
    public const int MaxParametersBytes = 64 * 1024;

    /// <summary>How deep lists and objects may be nested in <see cref="Parameters"/>: 32.</summary>
    public const int MaxParametersDepth = 32;

    private const long NotKnown = -1;

    // The parameters, or the text of a control of many, which has them: one field, because every control that is read has it.
    private readonly object? _content;
    private readonly long _pushedAtTicks = NotKnown;

    /// <summary>Makes a control.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="taskId">The task that the control is for; empty for no task.</param>
    public Control(string action, string taskId = "")
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentNullException.ThrowIfNull(taskId);
        Action = action;
        TaskId = taskId;
    }

    /// <summary>What to do: <c>pause</c>, <c>resume</c>, <c>cancel</c>, <c>stream</c> or a word that only newer agents know.</summary>
    public string Action { get; init; }

    /// <summary>The task that the control is for; empty when it is for no task.</summary>
    public string TaskId { get; init; }

    /// <summary>Whether the task's files are to be deleted too. Default: no.</summary>
    public bool DeleteFiles { get; init; }

    /// <summary>The control's id, when the control plane wants it applied once and acknowledged;
    /// otherwise <see langword="null"/>.</summary>
    public string? Id { get; init; }

    /// <summary>When the control was pushed, by the control plane's clock, in UTC, to the millisecond;
    /// <see langword="null"/> when that is not known.</summary>
    public DateTimeOffset? PushedAt
    {
        get => _pushedAtTicks == NotKnown ? null : new DateTimeOffset(_pushedAtTicks, TimeSpan.Zero);
        init => _pushedAtTicks = value?.UtcTicks ?? NotKnown;
    }

    /// <summary>The application's own parameters as UTF-8 JSON, the wire's <c>params</c>; empty when the control has none.</summary>
    /// <value>
    /// Any JSON value except <see langword="null"/>, which is the same as none. It is compact: it has no white space and no escape that
    /// JSON does not need; numbers keep their text. What is set is copied.
    /// </value>
    /// <exception cref="ArgumentException">The value is set to what is not JSON, is longer than <see cref="MaxParametersBytes"/> or is
    /// nested deeper than <see cref="MaxParametersDepth"/>.</exception>
    public ReadOnlyMemory<byte> Parameters
    {
        get => OwnParameters;
        init => _content = ControlParameters.Copy(value.Span);
    }

    private object? Content
    {
        init => _content = value;
    }

    /// <summary>The same, compact and not checked: the caller does not use the memory any more.</summary>
    internal byte[]? OwnParameters
    {
        get => _content as byte[] ?? Text?.Parameters;
        init => _content = value;
    }

    /// <summary>The control as it is written, where others of the same push share it; otherwise <see langword="null"/>.</summary>
    internal ControlText? Text => _content as ControlText;

    /// <summary>Makes a control with parameters of the application's own type.</summary>
    /// <typeparam name="T">The parameters' type.</typeparam>
    /// <param name="action">What to do.</param>
    /// <param name="parameters">The parameters; a value that is <c>null</c> in JSON is none.</param>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <param name="taskId">The task that it is for; empty for none.</param>
    /// <exception cref="ArgumentException">The parameters are longer than <see cref="MaxParametersBytes"/> as compact JSON, or nested
    /// deeper than <see cref="MaxParametersDepth"/>.</exception>
    public static Control Create<T>(string action, T parameters, JsonTypeInfo<T> typeInfo, string taskId = "")
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        using ArrayPoolBufferWriter<byte> json = new();
        Payload.Write(json, parameters, typeInfo);
        return new Control(action, taskId) { OwnParameters = ControlParameters.Copy(json.WrittenSpan) };
    }

    /// <summary>Reads the parameters.</summary>
    /// <typeparam name="T">The type to read them as.</typeparam>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <returns>The parameters, never <see langword="null"/>.</returns>
    /// <exception cref="ControlRejectedException">The control has no parameters, or they do not fit the type. A handler lets it pass: the
    /// control is then listed as failed.</exception>
    public T ReadParameters<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (Parameters.IsEmpty)
        {
            throw new ControlRejectedException($"The control \"{Action}\" needs \"params\".");
        }

        try
        {
            return JsonSerializer.Deserialize(Parameters.Span, typeInfo)
                ?? throw new ControlRejectedException($"The \"params\" of the control \"{Action}\" were read as null.");
        }
        catch (JsonException exception)
        {
            throw new ControlRejectedException($"The \"params\" of the control \"{Action}\" do not fit: {exception.Message}", exception);
        }
    }

    /// <summary>Returns whether another object is a control with the same members. Parameters are the same when their bytes are.</summary>
    /// <param name="obj">The other object.</param>
    public override bool Equals(object? obj) => obj is Control other
        && (Action, TaskId, DeleteFiles, Id, PushedAt) == (other.Action, other.TaskId, other.DeleteFiles, other.Id, other.PushedAt)
        && Parameters.Span.SequenceEqual(other.Parameters.Span);

    /// <summary>Returns a hash code of the members.</summary>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(HashCode.Combine(Action, TaskId, DeleteFiles, Id, PushedAt));
        hash.AddBytes(Parameters.Span);
        return hash.ToHashCode();
    }

    /// <summary>Returns the same control under an id.</summary>
    internal Control Stamped(string id, DateTimeOffset pushedAt) =>
        new(Action, TaskId) { DeleteFiles = DeleteFiles, OwnParameters = OwnParameters, Id = id, PushedAt = pushedAt };

    /// <summary>Returns this stamped control under another id, written as this one is.</summary>
    /// <param name="id">The id.</param>
    /// <param name="text">This control as written.</param>
    internal Control Under(string id, ControlText text) => new(Action, TaskId)
    {
        DeleteFiles = DeleteFiles,
        Id = id,
        PushedAt = PushedAt,
        Content = text.Fits(id) ? text : OwnParameters,
    };
}

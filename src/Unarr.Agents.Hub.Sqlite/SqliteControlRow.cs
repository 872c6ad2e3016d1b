using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Reads a row of the store's file; whatever stands in it, reading does not throw.</summary>
/// <param name="Record">Its control; one in state <see cref="ControlState.Unreadable"/> where it cannot be read.</param>
/// <param name="IsPending">Whether it has no place among those that ended.</param>
/// <param name="Bytes">How many bytes the control is as written.</param>
internal readonly record struct SqliteControlRow(ControlRecord Record, bool IsPending, int Bytes)
{
    public const string Columns = "sequence, id, control, queued_at, state, changed_at, error, agent, settled, expires_at";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool IsReadable => Record.State != ControlState.Unreadable;

    public static SqliteControlRow Read(SqliteDataReader row)
    {
        byte[] id = BytesOf(row, 1);
        byte[] control = BytesOf(row, 2);
        try
        {
            string text = Strict.GetString(id);
            ControlState state = (ControlState)row.GetInt64(4);
            return state == ControlState.Unreadable
                ? Unreadable(row, row.IsDBNull(6) ? "" : row.GetString(6))
                : new SqliteControlRow(
                    ToRecord(row, text, StoredControl.Read(Strict.GetString(control)), state, control.Length),
                    row.IsDBNull(8), control.Length);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or InvalidOperationException)
        {
            string reason = exception is JsonException ? "its JSON does not parse" : exception.Message.ReplaceLineEndings(" ");
            return Unreadable(row, $"The store cannot read this control: {Shorten.Text(reason.TrimEnd('.'))}.");
        }
    }

    private static ControlRecord ToRecord(SqliteDataReader row, string id, Control control, ControlState state, int bytes)
    {
        if (control.Id != id)
        {
            throw new FormatException("it has two ids");
        }

        if (state == ControlState.None || !Enum.IsDefined(state))
        {
            throw new FormatException("its state is unknown");
        }

        return new ControlRecord
        {
            AgentId = row.GetString(7),
            Control = control.PushedAt is null ? control.Stamped(id, Time(row, 3)) : control,
            Sequence = row.GetInt64(0),
            State = state,
            IsEnded = !row.IsDBNull(8),
            ChangedAt = Time(row, 5),
            ExpiresAt = row.IsDBNull(9) ? null : Time(row, 9),
            Error = row.IsDBNull(6) ? null : row.GetString(6),
            WrittenBytes = bytes,
        };
    }

    private static SqliteControlRow Unreadable(SqliteDataReader row, string why)
    {
        ControlRecord record = new()
        {
            AgentId = row.GetString(7),
            Control = new Control("") { Id = Encoding.UTF8.GetString(BytesOf(row, 1)), PushedAt = Time(row, 3) },
            Sequence = row.GetInt64(0),
            State = ControlState.Unreadable,
            IsEnded = true,
            ChangedAt = Time(row, 5),
            Error = why,
        };
        return new SqliteControlRow(record, row.IsDBNull(8), BytesOf(row, 2).Length);
    }

    private static DateTimeOffset Time(SqliteDataReader row, int column)
    {
        long ticks = row.IsDBNull(column) ? 0 : row.GetInt64(column);
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : DateTimeOffset.UnixEpoch;
    }

    private static byte[] BytesOf(SqliteDataReader row, int column) => row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);
}

using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Reads a row of the store's file; whatever stands in it, reading does not throw.</summary>
/// <param name="Sequence">The row's number.</param>
/// <param name="Record">Its control; one in state <see cref="ControlState.Unreadable"/> where it cannot be read.</param>
/// <param name="Bytes">How many bytes the control is as written.</param>
internal readonly record struct SqliteControlRow(long Sequence, ControlRecord Record, int Bytes)
{
    public const string Columns = "sequence, id, control, queued_at, state, changed_at, error";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool IsReadable => Record.State != ControlState.Unreadable;

    public static SqliteControlRow Read(SqliteDataReader row)
    {
        long sequence = row.GetInt64(0);
        byte[] id = BytesOf(row, 1);
        byte[] control = BytesOf(row, 2);
        try
        {
            string text = Strict.GetString(id);
            ControlState state = (ControlState)row.GetInt64(4);
            return state == ControlState.Unreadable
                ? Unreadable(row, row.IsDBNull(6) ? "" : row.GetString(6))
                : new SqliteControlRow(sequence, ToRecord(row, text, StoredControl.Read(Strict.GetString(control)), state), control.Length);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or InvalidOperationException)
        {
            string reason = exception is JsonException ? "its JSON does not parse" : exception.Message.ReplaceLineEndings(" ");
            return Unreadable(row, $"The store cannot read this control: {Shorten.Text(reason.TrimEnd('.'))}.");
        }
    }

    private static ControlRecord ToRecord(SqliteDataReader row, string id, Control control, ControlState state)
    {
        if (control.Id != id)
        {
            throw new FormatException("it has two ids");
        }

        if (!Enum.IsDefined(state))
        {
            throw new FormatException("its state is unknown");
        }

        return new ControlRecord(control, Time(row, 3), state, Time(row, 5), row.IsDBNull(6) ? null : row.GetString(6));
    }

    private static SqliteControlRow Unreadable(SqliteDataReader row, string why)
    {
        Control nothing = new("") { Id = Encoding.UTF8.GetString(BytesOf(row, 1)) };
        ControlRecord record = new(nothing, Time(row, 3), ControlState.Unreadable, Time(row, 5), why);
        return new SqliteControlRow(row.GetInt64(0), record, 0);
    }

    private static DateTimeOffset Time(SqliteDataReader row, int column)
    {
        long ticks = row.IsDBNull(column) ? 0 : row.GetInt64(column);
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : DateTimeOffset.UnixEpoch;
    }

    private static byte[] BytesOf(SqliteDataReader row, int column) => row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);
}

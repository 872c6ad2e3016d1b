using System.Buffers;
using System.Text;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class CommandTextTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch.AddMilliseconds(1_700_000_000_123);

    private static readonly Control[] Bare =
    [
        new("pause"),
        new("a&b \"quoted\" 🐙", "t\u0001") { DeleteFiles = true },
        new("set-limit", "t1") { Parameters = """{"id":"00000000","n":1.0e2}"""u8.ToArray() },
    ];

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(60_000)]
    public void Command_is_written_as_its_contract_writes_it(int? ackWithin)
    {
        foreach (Control[] controls in (Control[][])[[], [.. Stamped().Take(1)], [.. Stamped()], [.. Bare]])
        {
            ArrayBufferWriter<byte> expected = new();
            Payload.Write(expected, new ControlCommand { Controls = controls, AckWithin = ackWithin }, ProtocolJson.ControlCommand);
            ArrayBufferWriter<byte> written = new();
            CommandText.Write(written, controls, ackWithin);
            Assert.Equal(Encoding.UTF8.GetString(expected.WrittenSpan), Encoding.UTF8.GetString(written.WrittenSpan));
        }
    }

    [Fact]
    public void Text_of_one_control_serves_ids_of_its_length()
    {
        foreach (Control stamped in Stamped())
        {
            Assert.NotNull(stamped.Text);
            Assert.Equal(stamped, StoredControl.Read(StoredControl.Write(stamped)));
            Assert.Equal(Encoding.UTF8.GetByteCount(StoredControl.Write(stamped)), StoredControl.Length(stamped));
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("longer-than-the-first-1234567890-")]
    [InlineData("0000000000000000000000000000000\"")]
    [InlineData("0000000000000000000000000000000\\")]
    [InlineData("0000000000000000000000000000000é")]
    [InlineData("0000000000000000000000000000000\n")]
    public void Id_that_the_text_does_not_fit_is_written_by_itself(string id)
    {
        Control first = new Control("pause", "t").Stamped(new string('0', 32), At);
        Control other = first.Under(id, ControlText.Of(first));
        Assert.Null(other.Text);
        Assert.Equal(other, StoredControl.Read(StoredControl.Write(other)));
    }

    private static IEnumerable<Control> Stamped() => Bare.Select(control =>
    {
        Control first = control.Stamped(new string('0', 32), At);
        return first.Under(Guid.NewGuid().ToString("N"), ControlText.Of(first));
    });
}

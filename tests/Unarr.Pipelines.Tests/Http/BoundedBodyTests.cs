using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

public sealed class BoundedBodyTests
{
    private const int Segment = 16 * 1024;

    [Theory]
    [InlineData(0, 100)]
    [InlineData(99, 100)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(5000, 100)]
    [InlineData(Segment - 1, Segment)]
    [InlineData(Segment, Segment)]
    [InlineData(Segment + 1, Segment)]
    [InlineData((3 * Segment) - 1, 3 * Segment)]
    [InlineData(3 * Segment, 3 * Segment)]
    [InlineData((3 * Segment) + 1, 3 * Segment)]
    public async Task Body_is_whole_up_to_the_bound_and_no_more_than_one_byte_past_it_is_read(int length, int bound)
    {
        PiecesStream pieces = new(new byte[length], [int.MaxValue]);
        using BoundedBody body = await ReadAsync(pieces, bound);
        Assert.Equal(length <= bound, body.IsWhole);
        Assert.Equal(Math.Min(length, bound + 1), pieces.Taken);
        Assert.Equal(Math.Min(Math.Min(length, bound), Segment), body.Beginning.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Segment - 3)]
    [InlineData(Segment - 2)]
    [InlineData(Segment - 1)]
    [InlineData(Segment)]
    [InlineData((2 * Segment) - 1)]
    [InlineData(2 * Segment)]
    [InlineData((2 * Segment) + 1)]
    public async Task Json_is_read_wherever_the_arrays_end(int blanks)
    {
        string json = new string(' ', blanks) + """{"controls":[{"action":"p\u00e4use","id":"c1"}]}""";
        byte[] text = [.. "\uFEFF"u8, .. Encoding.ASCII.GetBytes(json)];
        using BoundedBody body = await ReadAsync(new PiecesStream(text, [1000]), 1 << 20);
        Control control = Assert.Single(body.Json(ProtocolJson.SyncResponse)!.Controls);
        Assert.Equal(("päuse", "c1"), (control.Action, control.Id));
    }

    [Fact]
    public async Task What_follows_the_json_is_refused_in_one_array_and_in_several()
    {
        foreach (int blanks in new[] { 0, Segment })
        {
            byte[] text = Encoding.ASCII.GetBytes($"{{}}{new string(' ', blanks)}x");
            using BoundedBody body = await ReadAsync(new PiecesStream(text, [int.MaxValue]), 1 << 20);
            Assert.ThrowsAny<JsonException>(() => body.Json(ProtocolJson.SyncResponse));
        }
    }

    [Fact]
    public async Task Beginning_is_what_came_first()
    {
        byte[] text = [.. Enumerable.Range(0, 2 * Segment).Select(at => (byte)(at % 251))];
        using BoundedBody body = await ReadAsync(new PiecesStream(text, [7, 4096]), text.Length);
        Assert.Equal(text.AsSpan(0, Segment), body.Beginning);
    }

    [Fact]
    public async Task Failure_of_the_stream_is_passed_on()
    {
        using StreamContent content = new(new PiecesStream(new byte[Segment + 1], [Segment, -1]));
        await Assert.ThrowsAsync<IOException>(() => BoundedBody.ReadAsync(content, 1 << 20, default));
    }

    [Property(MaxTest = 50)]
    public void Body_is_the_same_however_it_is_cut(ushort length, byte[] sizes)
    {
        string name = new('n', length);
        byte[] text = Encoding.ASCII.GetBytes($$"""{"controls":[{"action":"pause","taskId":"t","id":"c"}],"name":"{{name}}"}""");
        int[] pieces = [.. sizes.Select(size => 1 + (size * 97)).DefaultIfEmpty(Segment)];
        using BoundedBody body = ReadAsync(new PiecesStream(text, pieces), text.Length).GetAwaiter().GetResult();
        Assert.True(body.IsWhole);
        Assert.Equal(text.AsSpan(0, Math.Min(Segment, text.Length)), body.Beginning);
        Assert.Equal("c", Assert.Single(body.Json(ProtocolJson.SyncResponse)!.Controls).Id);
    }

    private static async Task<BoundedBody> ReadAsync(PiecesStream pieces, int bound)
    {
        using StreamContent content = new(pieces);
        return await BoundedBody.ReadAsync(content, bound, default);
    }

    /// <summary>Yields bytes in pieces of the given sizes, again and again; a size below zero fails.</summary>
    private sealed class PiecesStream(byte[] bytes, int[] sizes) : ReadStream
    {
        private int _reads;

        public int Taken { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int size = sizes[_reads++ % sizes.Length];
            if (size < 0)
            {
                throw new IOException("cut");
            }

            int read = Math.Min(Math.Min(size, buffer.Length), bytes.Length - Taken);
            bytes.AsMemory(Taken, read).CopyTo(buffer);
            Taken += read;
            return ValueTask.FromResult(read);
        }
    }
}

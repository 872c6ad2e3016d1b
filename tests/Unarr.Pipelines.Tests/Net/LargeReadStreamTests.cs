using FsCheck;
using FsCheck.Xunit;
using Unarr.Pipelines.Net;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>A connection that is read in large pieces.</summary>
public class LargeReadStreamTests
{
    [Property]
    public bool Reads_of_any_size_give_what_the_connection_gave(PositiveInt length, NonEmptyArray<ushort> sizes, bool isAsync)
    {
        byte[] sent = new byte[length.Get * 997 % 300_000];
        new Random(length.Get).NextBytes(sent);
        using LargeReadStream stream = new(new MemoryStream(sent));
        using MemoryStream came = new();
        byte[] buffer = new byte[ushort.MaxValue + 2];
        for (int i = 0; ; i++)
        {
            int size = sizes.Get[i % sizes.Get.Length] + 1;
            int read = isAsync
                ? stream.ReadAsync(buffer.AsMemory(0, size)).AsTask().GetAwaiter().GetResult()
                : stream.Read(buffer.AsSpan(0, size));
            if (read == 0)
            {
                return came.ToArray().AsSpan().SequenceEqual(sent) && stream.HeldBytes == 0;
            }

            came.Write(buffer, 0, read);
        }
    }

    [Fact]
    public async Task Small_reads_cost_the_connection_one()
    {
        CountingStream connection = new(new byte[LargeReadStream.PieceBytes]);
        await using LargeReadStream stream = new(connection);
        byte[] buffer = new byte[4096];
        for (int i = 0; i < LargeReadStream.PieceBytes / buffer.Length; i++)
        {
            await stream.ReadExactlyAsync(buffer);
        }

        Assert.Equal(1, connection.Reads);
        Assert.Equal(0, stream.HeldBytes);
    }

    [Fact]
    public async Task Read_of_no_bytes_is_the_connections_and_holds_no_buffer()
    {
        CountingStream connection = new(new byte[10]);
        await using LargeReadStream stream = new(connection);
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal((1, 0), (connection.Reads, stream.HeldBytes));

        // While something is kept there is nothing to wait for.
        Assert.Equal(4, await stream.ReadAsync(new byte[4]));
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(2, connection.Reads);
        Assert.True(stream.HeldBytes >= LargeReadStream.PieceBytes);
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}

using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;
using Unarr.CommandLine;
using Unarr.ControlPlane.Backup;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Stores;

public sealed class StoreSocketTests : IDisposable
{
    private const int Before = 300;

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-copy-");

    private string StorePath => Path.Combine(_folder.FullName, "store.db");

    public void Dispose()
    {
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Copy_is_made_while_controls_are_pushed_and_is_whole()
    {
        string restored = Path.Combine(_folder.FullName, "restored.db");
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await using RunningControlPlane plane = await StartAsync(store);
            using StoreSocket? socket = StoreSocket.Listen(store, NullLogger.Instance);
            Assert.NotNull(socket);
            await PushAsync(plane, Before);
            Task pushing = PushAsync(plane, 200);

            using (StoreCopy copy = await StoreCopy.MakeAsync(StorePath, _deadline.Token))
            {
                Assert.InRange(copy.Pending, Before, Before + 200);
                File.Copy(copy.File, restored);
            }

            await pushing;
            Assert.DoesNotContain(_folder.EnumerateFiles(), file => file.Name.Contains(".copy-", StringComparison.Ordinal));
            Assert.Equal(Before + 200, (await plane.Host.ShowAsync("a1")).Agent.Pending);
        }

        // A restore: the copy in the place of a store.
        using SqliteControlStore again = SqliteControlStore.Open(restored);
        await using RunningControlPlane other = await StartAsync(again);
        Assert.InRange((await other.Host.ShowAsync("a1")).Agent.Pending, Before, Before + 200);
        Assert.NotEmpty((await other.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Store_that_no_control_plane_has_open_is_copied_too_and_stays_as_it_was()
    {
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await using RunningControlPlane plane = await StartAsync(store);
            await PushAsync(plane, 3);
        }

        using (StoreCopy copy = await StoreCopy.MakeAsync(StorePath, _deadline.Token))
        {
            Assert.Equal((3, 0), (copy.Pending, copy.Ended));
        }

        Assert.Equal(["store.db"], _folder.EnumerateFiles().Select(file => file.Name));
    }

    [Fact]
    public async Task Damage_is_found()
    {
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await using RunningControlPlane plane = await StartAsync(store);
            await PushAsync(plane, Before);
        }

        await using (FileStream file = File.OpenWrite(StorePath))
        {
            file.Seek(file.Length / 2, SeekOrigin.Begin);
            file.Write(Enumerable.Repeat((byte)0xA5, 8192).ToArray());
        }

        Exception damage = await Assert.ThrowsAsync<Unarr.Agents.Hub.ControlStoreException>(
            () => StoreCopy.MakeAsync(StorePath, _deadline.Token));
        Assert.Contains("damaged", damage.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.EnumerateFiles(), file => file.Name.Contains(".copy-", StringComparison.Ordinal));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Socket_is_for_the_store_s_user_alone_and_answers_nothing_else()
    {
        Skip.If(OperatingSystem.IsWindows());
        using SqliteControlStore store = SqliteControlStore.Open(StorePath);
        string path = StoreSocket.PathOf(StorePath);
        await File.WriteAllTextAsync(path, "of a process that was killed");
        using (StoreSocket? socket = StoreSocket.Listen(store, NullLogger.Instance))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            using Socket stranger = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await stranger.ConnectAsync(new UnixDomainSocketEndPoint(path), _deadline.Token);
            await stranger.SendAsync(Encoding.UTF8.GetBytes("give\n"), _deadline.Token);
            using StreamReader answer = new(new NetworkStream(stranger));
            Assert.Equal("error this is not a request\n", await answer.ReadToEndAsync(_deadline.Token));
            using StoreCopy copy = await StoreCopy.MakeAsync(StorePath, _deadline.Token);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Store_that_another_program_has_open_without_a_socket_is_refused()
    {
        using SqliteControlStore store = SqliteControlStore.Open(StorePath);
        UsageException refusal = await Assert.ThrowsAsync<UsageException>(() => StoreCopy.MakeAsync(StorePath, _deadline.Token));
        Assert.Contains("another process has it open", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<RunningControlPlane> StartAsync(SqliteControlStore store) =>
        RunningControlPlane.StartAsync(configure: options => options with { Store = store });

    private static async Task PushAsync(RunningControlPlane plane, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await plane.Host.PushAsync("a1", [new Control("pause", $"t{i}")]);
        }
    }
}

extern alias UnarrAgent;

using System.Text;
using FsCheck;
using FsCheck.Xunit;
using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent;

public class LineQueueTests
{
    private readonly LineQueue _queue = new(dropped => Encoding.UTF8.GetBytes($"dropped {dropped}"));

    [Fact]
    public void Lines_beyond_the_bound_are_dropped_and_counted_until_half_of_the_room_is_free()
    {
        Assert.All(Enumerable.Range(0, LineQueue.MaxLines), index => Assert.Equal(0, Add($"{index}")));
        Assert.Equal([1, 2], [Add("x"), Add("x")]);

        Assert.Equal("0", Next());
        Assert.Equal(3, Add("x"));
        Assert.All(Enumerable.Range(1, (LineQueue.MaxLines / 2) - 1), index => Assert.Equal($"{index}", Next()));
        Assert.Equal(0, Add("after"));

        Assert.All(Enumerable.Range(LineQueue.MaxLines / 2, LineQueue.MaxLines / 2), index => Assert.Equal($"{index}", Next()));
        Assert.Equal(["dropped 3", "after", "nothing"], [Next(), Next(), Next()]);
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        string half = new('x', LineQueue.MaxBytes / 2);
        Assert.Equal([0, 0, 1], [Add(half), Add(half), Add("x")]);

        Assert.Equal([half, half, "dropped 1", "nothing"], [Next(), Next(), Next(), Next()]);
    }

    [Fact]
    public void Line_longer_than_all_bytes_is_dropped_and_counted()
    {
        Assert.Equal(1, Add(new string('x', LineQueue.MaxBytes + 1)));
        _queue.Complete();

        Assert.Equal("dropped 1", Encoding.UTF8.GetString(_queue.Take()!));
        Assert.Null(_queue.Take());
    }

    [Fact]
    public void Completed_queue_gives_what_is_at_hand_and_the_number_last_and_takes_no_more()
    {
        Assert.All(Enumerable.Range(0, LineQueue.MaxLines + 5), _ => Add("line"));
        _queue.Complete();
        Assert.Equal(0, Add("late"));

        Assert.All(Enumerable.Range(0, LineQueue.MaxLines), _ => Assert.Equal("line", Next()));
        Assert.Equal(["dropped 5", "nothing"], [Next(), Next()]);
    }

    [Property]
    public bool Each_line_is_written_or_counted(NonNull<byte[]> steps)
    {
        LineQueue queue = new(dropped => Encoding.UTF8.GetBytes($"dropped {dropped}"));
        int added = 0;
        long seen = 0;
        foreach (byte step in steps.Get)
        {
            for (int index = 0; index < step * 20; index++)
            {
                queue.Add("line"u8.ToArray());
                added++;
            }

            Take(step * 10);
        }

        queue.Complete();
        Take(int.MaxValue);
        return seen == added;

        void Take(int count)
        {
            while (count-- > 0 && queue.TryTake() is { } line)
            {
                string text = Encoding.UTF8.GetString(line);
                seen += text == "line" ? 1 : long.Parse(text["dropped ".Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }

    private long Add(string line) => _queue.Add(Encoding.UTF8.GetBytes(line));

    private string Next() => _queue.TryTake() is { } line ? Encoding.UTF8.GetString(line) : "nothing";
}

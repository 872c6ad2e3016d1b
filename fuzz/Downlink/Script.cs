using System.Globalization;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What an agent's network does over time: one path for each mirror.</summary>
internal sealed record Script(TimeSpan Length, params IReadOnlyList<Segment>[] Paths)
{
    public static Script Of(TimeSpan length, Behaviour behaviour) => new(length, [new Segment(TimeSpan.Zero, behaviour)]);

    /// <summary>When a path changes next.</summary>
    public TimeSpan NextChange(TimeSpan after)
    {
        TimeSpan next = TimeSpan.MaxValue;
        foreach (IReadOnlyList<Segment> path in Paths)
        {
            foreach (Segment segment in path)
            {
                next = segment.From > after && segment.From < next ? segment.From : next;
            }
        }

        return next;
    }

    public Segment At(int path, TimeSpan at)
    {
        IReadOnlyList<Segment> segments = Paths[path];
        Segment current = segments[0];
        for (int index = 1; index < segments.Count && segments[index].From <= at; index++)
        {
            current = segments[index];
        }

        return current;
    }

    public override string ToString() => string.Join(
        Environment.NewLine,
        Paths.SelectMany(
            (path, index) => path.Select(segment => string.Create(CultureInfo.InvariantCulture, $"  mirror {index} {segment}"))));
}

namespace Unarr.EndToEnd.Tests.Order;

/// <summary>What kind of agent it is.</summary>
[Flags]
internal enum ModelAgentKind
{
    None = 0,

    /// <summary>It sends the header of the extension <em>after</em>.</summary>
    After = 1,

    /// <summary>It keeps what it has applied over kills.</summary>
    StateFile = 2,

    /// <summary>It has no stream.</summary>
    Poll = 4,
}

namespace Unarr.Agent.Drawing;

/// <summary>How a text looks on a terminal.</summary>
internal enum Ink
{
    /// <summary>As the terminal writes by itself.</summary>
    Plain = 0,

    /// <summary>Less than plain.</summary>
    Dim,

    /// <summary>All is well.</summary>
    Green,

    /// <summary>Something wants a look.</summary>
    Yellow,

    /// <summary>Something is wrong.</summary>
    Red,
}
